package io.weft.site;

import io.weft.exchange.Cancellation;
import java.io.IOException;
import java.util.concurrent.CancellationException;

/** How many trainings compute at a time in this process. */
public final class ComputeSlots {

    private final int size;
    private int taken;

    /**
     * @param size 1 or more
     */
    public ComputeSlots(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("there must be a slot at least, not " + size);
        }
        this.size = size;
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
     * @throws CancellationException when the wait was cancelled
     */
    <T> T compute(Cancellation cancellation, Work<T> work) throws IOException, InterruptedException {
        take(cancellation);
        try {
            return work.run();
        } finally {
            free();
        }
    }

    private void take(Cancellation cancellation) throws InterruptedException {
        Cancellation.Registration registration = cancellation.onCancel(this::wake);
        try {
            synchronized (this) {
                while (taken == size && !cancellation.isCancelled()) {
                    wait();
                }
                cancellation.check();
                taken++;
            }
        } finally {
            registration.close();
        }
    }

    private synchronized void free() {
        taken--;
        notifyAll();
    }

    private synchronized void wake() {
        notifyAll();
    }
}
