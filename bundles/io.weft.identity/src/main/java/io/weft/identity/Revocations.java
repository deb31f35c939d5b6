package io.weft.identity;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;

/** Which certificates a project has revoked, now. */
@FunctionalInterface
public interface Revocations {

    /** When a certificate was revoked; empty when it was not. */
    Optional<Instant> revoked(X509Certificate certificate);
}
