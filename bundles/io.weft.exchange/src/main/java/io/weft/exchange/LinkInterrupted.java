package io.weft.exchange;

import java.io.IOException;

/** The connection under a link broke; the link goes on over the next one, and so does a transfer. */
final class LinkInterrupted extends IOException {

    private static final long serialVersionUID = 1L;

    LinkInterrupted() {
        super("the connection broke");
    }
}
