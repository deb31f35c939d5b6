package io.weft.plugins.internal;

/**
 * What a bundle would register once it works.
 *
 * @param kind the full name of the interface
 * @param name the name that job files use
 */
record Offer(String kind, String name) {

    /** Such as {@code aggregator 'median'}. */
    @Override
    public String toString() {
        return Kinds.words(kind) + " '" + name + "'";
    }
}
