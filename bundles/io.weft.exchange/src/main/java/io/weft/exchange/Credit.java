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

    /** Waits until that many bytes may be sent, and takes them: elements are never torn apart for want of a few bytes. */
    synchronized void take(int bytes) throws InterruptedException {
        while (!cancelled && granted - used < bytes) {
            wait();
        }
        if (cancelled) {
            throw new CancellationException("nobody receives any more");
        }
        used += bytes;
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
