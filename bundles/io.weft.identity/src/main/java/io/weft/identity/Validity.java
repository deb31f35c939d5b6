package io.weft.identity;

import java.time.Duration;

/**
 * How long certificates are valid.
 *
 * @param authority the project's own
 * @param certificates those of participants
 * @param warning how long before its end a certificate is warned of
 */
public record Validity(Duration authority, Duration certificates, Duration warning) {}
