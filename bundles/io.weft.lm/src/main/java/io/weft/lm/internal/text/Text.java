package io.weft.lm.internal.text;

/** What another library says of a text, in one line. */
final class Text {

    private Text() {}

    static String oneLine(Exception broken) {
        return String.valueOf(broken.getMessage()).lines().findFirst().orElse("unreadable");
    }
}
