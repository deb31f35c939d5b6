package io.weft.api.plugin;

/**
 * Bad input, said for the person who meets it: what was found, where (file and line, site, tensor), what is allowed, and what to
 * do, in one line. It is shown without a stack trace.
 */
public final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public Refusal(String message) {
        super(message);
    }

    public Refusal(String message, Throwable cause) {
        super(message, cause);
    }
}
