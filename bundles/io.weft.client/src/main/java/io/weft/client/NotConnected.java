package io.weft.client;

/** There is no site to talk to; the message says why, in one line. */
public final class NotConnected extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public NotConnected(String message) {
        super(message);
    }

    public NotConnected(String message, Throwable cause) {
        super(message, cause);
    }
}
