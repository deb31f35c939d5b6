package io.weft.plugins.internal;

/** Why a file of a plugin folder is not taken, in one line. */
final class NotAPlugin extends Exception {

    private static final long serialVersionUID = 1L;

    NotAPlugin(String reason) {
        super(reason);
    }
}
