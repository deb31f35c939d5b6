package io.weft.launch.internal;

import io.weft.launch.Command;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns the end of the process (Ctrl-C, SIGTERM) into an interrupt of the thread that works, and waits until it has left
 * everything in order.
 */
final class Interruption {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final CountDownLatch finished = new CountDownLatch(1);

    private Interruption() {}

    static Interruption of(Thread worker) {
        Interruption interruption = new Interruption();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> interruption.pass(worker), "weft-interruption"));
        return interruption;
    }

    /** To be called by the worker when nothing is left to put in order. */
    void finished() {
        finished.countDown();
    }

    private void pass(Thread worker) {
        if (finished.getCount() == 0) {
            return;
        }
        worker.interrupt();
        try {
            boolean inTime = finished.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (!inTime) {
                System.err.println(
                        "weft: what was running did not end within " + PATIENCE.toSeconds()
                                + " s and was cut off; what is on disk is whole, and 'weft simulate --resume' goes on with a run");
            }
        } catch (InterruptedException e) {
            worker.interrupt();
        }
        // A shutdown hook cannot choose the exit code otherwise, and a signal's own differs from signal to signal.
        Runtime.getRuntime().halt(Command.INTERRUPTED);
    }
}
