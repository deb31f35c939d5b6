package io.weft.server;

import io.weft.exchange.Cancellation;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Rings when some time has passed; a test lets it pass by hand. */
public interface Alarm {

    /** Runs what is to happen once that time has passed, unless the registration is closed before. */
    Cancellation.Registration after(Duration time, Runnable ring);

    /** Time as the machine counts it, however its clock is set. */
    final class OfMachine implements Alarm, AutoCloseable {

        private final ScheduledThreadPoolExecutor thread;

        /** With a thread of that name, which starts with the first alarm. */
        public OfMachine(String name) {
            thread = new ScheduledThreadPoolExecutor(1, work -> {
                Thread ringing = new Thread(work, name);
                ringing.setDaemon(true);
                return ringing;
            });
            thread.setRemoveOnCancelPolicy(true);
        }

        @Override
        public Cancellation.Registration after(Duration time, Runnable ring) {
            ScheduledFuture<?> set = thread.schedule(ring, time.toNanos(), TimeUnit.NANOSECONDS);
            return () -> set.cancel(false);
        }

        @Override
        public void close() {
            thread.shutdownNow();
        }
    }
}
