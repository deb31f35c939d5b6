package io.weft.site;

import io.weft.exchange.Cancellation;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;

/** One at a time: whoever takes the turn waits until the one before has given it back. */
final class Turn {

    private boolean taken;

    /**
     * Waits for the turn.
     *
     * @throws CancellationException when the wait was cancelled
     */
    void take(Cancellation cancellation) throws InterruptedException {
        try (Cancellation.Registration registration = cancellation.onCancel(this::wake)) {
            synchronized (this) {
                while (taken && !cancellation.isCancelled()) {
                    wait();
                }
                cancellation.check();
                taken = true;
            }
        }
    }

    /** Waits for the turn that long; false when it was not given back, or the wait was interrupted. */
    synchronized boolean take(Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        try {
            for (long left = patience.toNanos(); taken && left > 0; left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (taken) {
            return false;
        }
        taken = true;
        return true;
    }

    synchronized void give() {
        taken = false;
        notifyAll();
    }

    private synchronized void wake() {
        notifyAll();
    }
}
