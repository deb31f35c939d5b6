package io.weft.exchange;

import java.util.concurrent.CancellationException;

/** How many bytes the receiver of a stream still takes. */
final class Credit {

    private long granted;
    private long used;
    private boolean cancelled;

    Credit(long granted) {
        this.granted = granted;
    }

    /** Waits until at least one byte may be sent, and takes up to that many. */
    synchronized int take(int wanted) throws InterruptedException {
        while (!cancelled && granted <= used) {
            wait();
        }
        if (cancelled) {
            throw new CancellationException("nobody receives any more");
        }
        int taken = (int) Math.min(wanted, granted - used);
        used += taken;
        return taken;
    }

    /** Sets the sum of bytes that may be sent from the stream's start on; it never shrinks. */
    synchronized void grant(long total) {
        granted = Math.max(granted, total);
        notifyAll();
    }

    synchronized void cancel() {
        cancelled = true;
        notifyAll();
    }
}
