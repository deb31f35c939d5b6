package io.weft.lm.internal.text;

/** Why a line is no record, in words that follow the file and line where they are shown. */
final class MalformedLine extends Exception {

    private static final long serialVersionUID = 1L;

    MalformedLine(String reason) {
        super(reason);
    }
}
