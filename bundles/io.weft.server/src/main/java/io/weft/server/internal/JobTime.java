package io.weft.server.internal;

import java.util.function.LongSupplier;

/** How long a job has run, over all its sittings. It follows no wall clock, which may jump. */
final class JobTime {

    private final double earlier;
    private final LongSupplier nanoseconds;
    private final long started;

    /**
     * @param earlier seconds of the sittings before this one
     * @param nanoseconds from any point, never going back
     */
    JobTime(double earlier, LongSupplier nanoseconds) {
        this.earlier = earlier;
        this.nanoseconds = nanoseconds;
        this.started = nanoseconds.getAsLong();
    }

    double seconds() {
        return earlier + (nanoseconds.getAsLong() - started) / 1e9;
    }
}
