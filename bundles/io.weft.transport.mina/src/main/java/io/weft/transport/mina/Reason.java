package io.weft.transport.mina;

import java.security.cert.CertificateException;

/** Why two ends did not come together, in one line. */
final class Reason {

    private Reason() {}

    /** TLS wraps what a certificate lacks some times over; the innermost says it. */
    static String of(Throwable reason) {
        Throwable told = reason;
        for (Throwable cause = reason; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException || cause.getCause() == null) {
                told = cause;
            }
        }
        String words = told.getMessage() == null ? told.toString() : told.getMessage();
        return words.replaceAll("\\p{Cntrl}+", " ");
    }
}
