package io.weft.exchange;

import java.io.IOException;

/** The other end sent what it must not send; the link is closed. */
class ProtocolException extends IOException {

    private static final long serialVersionUID = 1L;

    ProtocolException(String message) {
        super(message);
    }

    ProtocolException(String message, Throwable cause) {
        super(message, cause);
    }
}
