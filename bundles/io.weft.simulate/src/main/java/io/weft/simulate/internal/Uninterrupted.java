package io.weft.simulate.internal;

import io.weft.exchange.Cancellation;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Work on a thread of its own, which nobody interrupts: an interrupt would close the files that the work is writing. Who waits for
 * it may be interrupted; that cancels the work, and the wait goes on until it has stopped in good order.
 */
final class Uninterrupted<T> {

    private final FutureTask<T> work;

    Uninterrupted(String name, Callable<T> work) {
        this.work = new FutureTask<>(work);
        new Thread(this.work, name).start();
    }

    T await(Cancellation cancellation) throws IOException, InterruptedException {
        boolean interrupted = false;
        while (!work.isDone()) {
            try {
                work.get();
            } catch (InterruptedException e) {
                interrupted = true;
                cancellation.cancel();
            } catch (ExecutionException e) {
                break; // told below, unless it was interrupted
            }
        }
        if (interrupted) {
            throw new InterruptedException("interrupted while the work was done");
        }
        try {
            return work.get();
        } catch (ExecutionException e) {
            throw rethrown(e.getCause());
        }
    }

    private static IOException rethrown(Throwable cause) {
        if (cause instanceof RuntimeException failed) {
            throw failed;
        }
        if (cause instanceof Error failed) {
            throw failed;
        }
        return cause instanceof IOException failed ? failed : new IOException(cause);
    }
}
