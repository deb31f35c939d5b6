package io.weft.client.internal.host;

/** A program that did not answer its task; the message says why, in one line. */
final class ProgramFailed extends Exception {

    private static final long serialVersionUID = 1L;

    ProgramFailed(String message) {
        super(message);
    }
}
