package io.weft.plugins.internal;

/** A file has no readable end: either somebody has not written all of it yet, or it is broken. */
final class UnfinishedJar extends Exception {

    private static final long serialVersionUID = 1L;

    UnfinishedJar(String reason, Throwable cause) {
        super(reason, cause);
    }
}
