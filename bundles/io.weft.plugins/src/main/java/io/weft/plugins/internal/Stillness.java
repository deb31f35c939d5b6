package io.weft.plugins.internal;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Tells which files have stopped changing: nobody may read a jar that somebody still writes. */
final class Stillness {

    /** How long a file must look the same. */
    static final Duration SPAN = Duration.ofMillis(400);

    private record Look(Glimpse glimpse, long nanos) {}

    private final Map<Path, Look> restless = new HashMap<>();

    /**
     * Whether a file is still at {@code nanos} of a monotonic clock. One that was last written long ago is at the first look, so
     * a jar that was moved here whole, or lay here before, costs no wait.
     */
    boolean isStill(Glimpse glimpse, long nanos, Instant clock) {
        Duration age = Duration.between(glimpse.modified().toInstant(), clock);
        Look before = restless.get(glimpse.file());
        boolean same = before != null && before.glimpse().equals(glimpse);
        boolean still = age.compareTo(SPAN) >= 0 || (same && nanos - before.nanos() >= SPAN.toNanos());
        if (still) {
            restless.remove(glimpse.file());
        } else if (!same) {
            restless.put(glimpse.file(), new Look(glimpse, nanos));
        }
        return still;
    }

    /** Forgets files that are gone. */
    void retain(Set<Path> files) {
        restless.keySet().retainAll(files);
    }

    boolean allStill() {
        return restless.isEmpty();
    }
}
