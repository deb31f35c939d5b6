package io.weft.server.internal;

import io.weft.exchange.Cancellation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Asks many sites the same at a time, a thread a site. When one fails the others are told to stop. */
final class Asking implements AutoCloseable {

    /** What is asked of one site. */
    interface Question<A> {
        A ask(RemoteSite site, Cancellation cancellation) throws IOException, InterruptedException;
    }

    private final ExecutorService threads;
    private final Cancellation cancellation;

    Asking(String name, Cancellation cancellation) {
        AtomicInteger number = new AtomicInteger();
        this.cancellation = cancellation;
        this.threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, name + "-ask-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * The answers by site.
     *
     * @throws IOException when a site failed; of several the first by name that did not only stop because another failed
     */
    <A> SortedMap<String, A> all(List<RemoteSite> sites, Question<A> question)
            throws IOException, InterruptedException {
        Cancellation together = new Cancellation();
        Cancellation.Registration registration = cancellation.onCancel(together::cancel);
        try {
            List<Future<A>> asked = new ArrayList<>();
            for (RemoteSite site : sites) {
                asked.add(threads.submit(() -> one(site, question, together)));
            }
            return gathered(sites, asked, together);
        } finally {
            registration.close();
        }
    }

    private static <A> A one(RemoteSite site, Question<A> question, Cancellation together) throws Exception {
        try {
            return question.ask(site, together);
        } catch (IOException | InterruptedException | RuntimeException e) {
            together.cancel();
            throw e;
        }
    }

    private <A> SortedMap<String, A> gathered(List<RemoteSite> sites, List<Future<A>> asked, Cancellation together)
            throws IOException, InterruptedException {
        SortedMap<String, A> answers = new TreeMap<>();
        List<Throwable> failures = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            try {
                answers.put(sites.get(i).name(), asked.get(i).get());
            } catch (ExecutionException e) {
                failures.add(e.getCause());
            } catch (InterruptedException e) {
                together.cancel();
                throw e;
            }
        }
        cancellation.check();
        if (!failures.isEmpty()) {
            throw rethrown(failures);
        }
        return answers;
    }

    private static IOException rethrown(List<Throwable> failures) {
        Throwable cause = failures.stream()
                .filter(failure -> !(failure instanceof CancellationException))
                .findFirst()
                .orElse(failures.get(0));
        if (cause instanceof RuntimeException failed) {
            throw failed;
        }
        return cause instanceof IOException failed ? failed : new IOException(cause);
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
