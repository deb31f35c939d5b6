package io.weft.site;

import io.weft.exchange.Cancellation;
import io.weft.plugins.PluginCode;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Tells where a task hangs that does not end although nobody wants it any more; watches the thread that makes it, until it is closed. */
final class Watchdog implements AutoCloseable {

    private final String task;
    private final Duration patience;
    private final Consumer<String> tell;
    private final Thread working = Thread.currentThread();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Cancellation.Registration registration;

    /**
     * Watches the calling thread.
     *
     * @param task what hangs then, for the sentence: the plugin
     * @param patience how long a task may take to end when it was cancelled
     * @param tell takes the sentence, from a thread of the watchdog's own
     */
    Watchdog(String task, Cancellation cancellation, Duration patience, Consumer<String> tell) {
        this.task = task;
        this.patience = patience;
        this.tell = tell;
        this.registration = cancellation.onCancel(this::start);
    }

    private void start() {
        Thread watching = new Thread(this::watch, working.getName() + "-watchdog");
        watching.setDaemon(true);
        watching.start();
    }

    private void watch() {
        try {
            if (!ended.await(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                tell.accept(task + " does not stop, and is left to itself: thread " + working.getName() + place());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String place() {
        return PluginCode.place(working).map(where -> " is in " + where).orElse("");
    }

    @Override
    public void close() {
        ended.countDown();
        registration.close();
    }
}
