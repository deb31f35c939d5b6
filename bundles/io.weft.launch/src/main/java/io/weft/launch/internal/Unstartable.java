package io.weft.launch.internal;

/** Why the process cannot even begin, in words for the person who started it. */
final class Unstartable extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Unstartable(String message) {
        super(message);
    }

    Unstartable(String message, Throwable cause) {
        super(message, cause);
    }
}
