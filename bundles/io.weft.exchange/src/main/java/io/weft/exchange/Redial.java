package io.weft.exchange;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * How a link whose connection broke is dialed again: after a pause that doubles with each failure, up to a bound, and that is never the
 * same at two sites, so that a server that comes back is not met by all at once.
 */
public final class Redial {

    private static final Duration FIRST = Duration.ofMillis(200);

    private static final Duration LONGEST = Duration.ofSeconds(5);

    /** The pauses together, after which a link is given up. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Waits for some time. */
    @FunctionalInterface
    interface Pause {

        /** Returns false when that time has passed, true as soon as nobody wants the link any more. */
        boolean ended(Duration time, CountDownLatch end) throws InterruptedException;
    }

    private final RandomGenerator chance;
    private final Pause pause;

    /** @param chance spreads the pauses; used by one thread at a time */
    public Redial(RandomGenerator chance) {
        this(chance, (time, end) -> end.await(time.toNanos(), TimeUnit.NANOSECONDS));
    }

    Redial(RandomGenerator chance, Pause pause) {
        this.chance = chance;
        this.pause = pause;
    }

    Attempts attempts() {
        return new Attempts();
    }

    /** The attempts after one break. */
    final class Attempts {

        private Duration longest = FIRST;
        private Duration waited = Duration.ZERO;

        /** Waits until it is time for the next attempt; false when there shall be none. */
        boolean next(CountDownLatch end) throws InterruptedException {
            if (waited.compareTo(PATIENCE) >= 0) {
                return false;
            }
            long half = longest.toNanos() / 2;
            Duration time = Duration.ofNanos(half + chance.nextLong(half + 1));
            Duration doubled = longest.multipliedBy(2);
            longest = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
            waited = waited.plus(time);
            return !pause.ended(time, end);
        }
    }
}
