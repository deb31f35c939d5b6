package io.weft.site;

import io.weft.exchange.Cancellation;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How many trainings compute at a time in this process. A training that was cancelled, or has computed for longer than it was to,
 * keeps the others from computing no longer, whether or not it stops.
 */
public final class ComputeSlots {

    private final int size;
    private final LongSupplier nanoseconds;
    private final List<Held> held = new ArrayList<>();

    /** A slot that is taken. */
    private static final class Held {

        /** The time at which it is not counted any more. */
        private final OptionalLong end;

        Held(OptionalLong end) {
            this.end = end;
        }

        boolean countsAt(long now) {
            return end.isEmpty() || end.getAsLong() - now > 0;
        }
    }

    /**
     * @param size 1 or more
     */
    public ComputeSlots(int size) {
        this(size, System::nanoTime);
    }

    ComputeSlots(int size, LongSupplier nanoseconds) {
        if (size < 1) {
            throw new IllegalArgumentException("there must be a slot at least, not " + size);
        }
        this.size = size;
        this.nanoseconds = nanoseconds;
    }

    public int size() {
        return size;
    }

    /** What is computed in a slot. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException;
    }

    /**
     * Waits for a slot and computes in it.
     *
     * @param limit how long it keeps others from computing; empty for as long as it takes
     * @throws CancellationException when the wait was cancelled
     */
    <T> T compute(Cancellation cancellation, Optional<Duration> limit, Work<T> work)
            throws IOException, InterruptedException {
        Held slot = take(cancellation, limit);
        try (Cancellation.Registration freed = cancellation.onCancel(() -> free(slot))) {
            return work.run();
        } finally {
            free(slot);
        }
    }

    private Held take(Cancellation cancellation, Optional<Duration> limit) throws InterruptedException {
        try (Cancellation.Registration registration = cancellation.onCancel(this::wake)) {
            synchronized (this) {
                for (long left = untilRoom(); left > 0 && !cancellation.isCancelled(); left = untilRoom()) {
                    TimeUnit.NANOSECONDS.timedWait(this, left);
                }
                cancellation.check();
                long now = nanoseconds.getAsLong();
                Held slot = new Held(
                        limit.map(time -> OptionalLong.of(now + time.toNanos())).orElse(OptionalLong.empty()));
                held.add(slot);
                return slot;
            }
        }
    }

    /** The nanoseconds until there is a slot without anybody's doing; 0 when there is one. */
    private long untilRoom() {
        long now = nanoseconds.getAsLong();
        List<Held> counted = held.stream().filter(slot -> slot.countsAt(now)).toList();
        return counted.size() < size
                ? 0
                : counted.stream()
                        .filter(slot -> slot.end.isPresent())
                        .mapToLong(slot -> slot.end.getAsLong() - now)
                        .min()
                        .orElse(Long.MAX_VALUE);
    }

    private synchronized void free(Held slot) {
        held.remove(slot);
        notifyAll();
    }

    private synchronized void wake() {
        notifyAll();
    }
}
