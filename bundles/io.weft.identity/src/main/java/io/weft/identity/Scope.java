package io.weft.identity;

/** For what a right counts. */
public enum Scope {
    ANY("any"),
    OWN_ORGANISATION("own organisation"),
    OWN("own"),
    NONE("–");

    private final String words;

    Scope(String words) {
        this.words = words;
    }

    /** As the table of rights shows it. */
    public String words() {
        return words;
    }
}
