package io.weft.server.internal;

import io.weft.exchange.Cancellation;
import java.io.IOException;

/**
 * For how long an answer is wanted.
 *
 * @param waiting cancelled when nobody waits for it any more, whether or not the site has stopped
 * @param use cancelled when it is of no use any more; the site is told to stop, and waited for until it has
 */
record Wanted(Cancellation waiting, Cancellation use) {

    static Wanted until(Cancellation stopped) {
        return new Wanted(stopped, new Cancellation());
    }

    boolean isOfUse() {
        return !use.isCancelled();
    }

    /** Does what ends at once when the answer is of no use any more. */
    <A> A whileOfUse(Work<A> work) throws IOException, InterruptedException {
        Cancellation either = new Cancellation();
        try (Cancellation.Registration first = waiting.onCancel(either::cancel);
                Cancellation.Registration second = use.onCancel(either::cancel)) {
            return work.with(either);
        }
    }

    /** What is done until it is cancelled. */
    @FunctionalInterface
    interface Work<A> {
        A with(Cancellation cancellation) throws IOException, InterruptedException;
    }
}
