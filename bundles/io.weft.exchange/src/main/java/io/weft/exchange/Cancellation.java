package io.weft.exchange;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;

/** Tells work, once, that nobody wants it any more. Threads are not interrupted: that would close the files they share. */
public final class Cancellation {

    /** Ends a registration. */
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** The registration of nobody. */
    public static final Registration NOTHING = () -> {};

    private final Set<Runnable> listeners = new LinkedHashSet<>();
    private boolean cancelled;
    private String reason = "the job was stopped";

    public void cancel() {
        cancel(reason());
    }

    /**
     * Cancels, and says why.
     *
     * @param why in a few words, such as who wanted it
     */
    public void cancel(String why) {
        List<Runnable> told;
        synchronized (this) {
            if (cancelled) {
                return;
            }
            cancelled = true;
            reason = why;
            told = List.copyOf(listeners);
            listeners.clear();
        }
        told.forEach(Runnable::run);
    }

    public synchronized boolean isCancelled() {
        return cancelled;
    }

    /** Why it was cancelled, or would be. */
    public synchronized String reason() {
        return reason;
    }

    /**
     * Returns when work may go on.
     *
     * @throws CancellationException when it was cancelled
     */
    public void check() {
        if (isCancelled()) {
            throw new CancellationException("the job was stopped");
        }
    }

    /** Runs the listener at cancellation, at once when that has been. */
    public Registration onCancel(Runnable listener) {
        Runnable own = () -> listener.run();
        synchronized (this) {
            if (!cancelled) {
                listeners.add(own);
                return () -> remove(own);
            }
        }
        own.run();
        return NOTHING;
    }

    private synchronized void remove(Runnable listener) {
        listeners.remove(listener);
    }
}
