package io.weft.server.internal;

import java.io.IOException;

/** The link to a site is closed, whatever the site itself does. */
final class SiteGone extends IOException {

    private static final long serialVersionUID = 1L;

    SiteGone(String message, Throwable cause) {
        super(message, cause);
    }

    SiteGone(String message) {
        super(message);
    }
}
