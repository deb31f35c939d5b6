package io.weft.exchange;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** An answer that is not there yet. */
final class Pending<A> {

    private final CompletableFuture<A> future = new CompletableFuture<>();

    void succeed(A answer) {
        future.complete(answer);
    }

    void fail(Exception reason) {
        future.completeExceptionally(reason);
    }

    /** Waits for the answer, or until it is cancelled or the link is closed. */
    A await(Cancellation cancellation) throws IOException, InterruptedException {
        Cancellation.Registration registration =
                cancellation.onCancel(() -> fail(new CancellationException("the job was stopped")));
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw rethrown(e.getCause());
        } finally {
            registration.close();
        }
    }

    private static IOException rethrown(Throwable cause) {
        if (cause instanceof RuntimeException refused) {
            throw refused;
        }
        if (cause instanceof IOException failed) {
            return failed;
        }
        return new IOException(cause);
    }
}
