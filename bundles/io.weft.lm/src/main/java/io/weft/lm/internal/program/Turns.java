package io.weft.lm.internal.program;

import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;

/**
 * Lets one training compute at a time, first come first served: every operation uses all threads of the engine, and only one step's
 * intermediate values are in memory.
 */
public final class Turns {

    private final Semaphore turn = new Semaphore(1, true);

    /** A turn, given back by closing. */
    public interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Waits for the turn.
     *
     * @throws CancellationException when the thread is interrupted
     */
    public Turn take() {
        try {
            turn.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            CancellationException cancelled = new CancellationException("interrupted while waiting to compute");
            cancelled.initCause(e);
            throw cancelled;
        }
        return turn::release;
    }
}
