package io.weft.exchange;

import java.io.IOException;

/** The link to the other end is closed or broken; a transfer may go on over a new one. */
public final class LinkClosed extends IOException {

    private static final long serialVersionUID = 1L;

    public LinkClosed(String message) {
        super(message);
    }

    public LinkClosed(String message, Throwable cause) {
        super(message, cause);
    }
}
