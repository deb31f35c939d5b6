package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.workflow.Quorum;
import io.weft.exchange.Cancellation;
import io.weft.server.Alarm;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the sites of a job, many at a time and each one thing at a time: what a site is asked while it is busy still is asked when it
 * is free.
 */
final class Asking implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Asking.class);

    /** What is asked of one site. */
    @FunctionalInterface
    interface Question<A> {
        A ask(RemoteSite site, Wanted wanted) throws IOException, InterruptedException;
    }

    /** Is told what becomes of a question, from the threads that ask. */
    interface Watch<A> {

        /** A site cannot answer. */
        void failed(String site, String reason) throws IOException;

        /** The deadline is over, and there are too few answers; told again as more come. */
        void overdue(int answers, List<String> missing) throws IOException;

        /** A site's answer came when nobody waited for it any more. */
        void late(RemoteSite site, A answer) throws IOException, InterruptedException;
    }

    /**
     * What came of a question; of the sites that were asked, each is in one of the four.
     *
     * @param failed with the reason
     * @param late those that were not waited for
     * @param busy those that were never free for it
     */
    record Gathered<A>(
            SortedMap<String, A> answers,
            SortedMap<String, String> failed,
            SortedSet<String> late,
            SortedSet<String> busy) {}

    private final Cancellation cancellation;
    private final Alarm alarm;
    private final ExecutorService threads;
    private final Cancellation over = new Cancellation();
    private final Cancellation.Registration stop;
    private final Map<String, Lane> lanes = new HashMap<>();

    /** One site's turn: what it does, and what it is asked next. */
    private static final class Lane {
        private boolean busy;
        private Optional<Asked<?>> next = Optional.empty();
    }

    /**
     * @param name of the threads
     * @param cancellation stops the job
     * @param alarm rings at deadlines
     */
    Asking(String name, Cancellation cancellation, Alarm alarm) {
        AtomicInteger number = new AtomicInteger();
        this.cancellation = cancellation;
        this.alarm = alarm;
        this.threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, name + "-ask-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        this.stop = cancellation.onCancel(over::cancel);
    }

    /**
     * Asks sites and waits for the quorum.
     *
     * @throws IOException or a {@link Refusal}: when all sites must answer what made one fail, else when too few are left
     */
    <A> Gathered<A> ask(List<RemoteSite> sites, Quorum quorum, Question<A> question, Watch<A> watch)
            throws IOException, InterruptedException {
        Gathering<A> gathering =
                new Gathering<>(sites.stream().map(RemoteSite::name).toList(), quorum.min());
        Cancellation use = new Cancellation();
        try (Cancellation.Registration stopped = over.onCancel(gathering::wake);
                Cancellation.Registration deadline = quorum.deadline()
                        .map(time -> alarm.after(time, gathering::deadline))
                        .orElse(Cancellation.NOTHING)) {
            sites.forEach(site -> begin(new Asked<>(site, question, new Wanted(over, use), gathering, watch)));
            await(gathering, sites.size(), watch);
        } catch (IOException | InterruptedException | RuntimeException e) {
            over.cancel();
            throw e;
        } finally {
            gathering.close();
            use.cancel();
        }
        SortedMap<String, String> failed = new TreeMap<>();
        gathering.failures().forEach((site, failure) -> failed.put(site, Failure.reason(site, failure)));
        SortedSet<String> late = gathering.close();
        late.removeAll(gathering.stillBusy());
        return new Gathered<>(gathering.answers(), failed, late, gathering.stillBusy());
    }

    private <A> void await(Gathering<A> gathering, int asked, Watch<A> watch) throws IOException, InterruptedException {
        while (true) {
            long news = gathering.news();
            cancellation.check();
            gathering.check();
            switch (gathering.standing()) {
                case ENOUGH -> {
                    return;
                }
                case HOPELESS -> throw hopeless(gathering, asked);
                case OVERDUE -> watch.overdue(gathering.answers().size(), gathering.missing());
                case OPEN -> {
                    // Wait.
                }
            }
            gathering.awaitNews(news);
        }
    }

    private static IOException hopeless(Gathering<?> gathering, int asked) {
        SortedMap<String, Exception> failures = gathering.failures();
        if (gathering.min() == asked) {
            return rethrown(failures.firstKey(), failures.get(failures.firstKey()));
        }
        SortedMap<String, String> reasons = new TreeMap<>();
        failures.forEach((site, failure) -> reasons.put(site, Failure.reason(site, failure)));
        throw new Refusal("workflow.sites.min asks for " + gathering.min() + " sites, and " + (asked - failures.size())
                + " of " + asked + " are left: " + Failure.all(reasons));
    }

    private static IOException rethrown(String site, Exception cause) {
        if (cause instanceof RuntimeException failed) {
            throw failed;
        }
        return new IOException("site '" + site + "': " + Failure.reason(site, cause), cause);
    }

    /** The sites that still do something that nobody waits for. */
    synchronized List<String> busy() {
        return lanes.entrySet().stream()
                .filter(entry -> entry.getValue().busy)
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    private void begin(Asked<?> asked) {
        synchronized (this) {
            Lane lane = lanes.computeIfAbsent(asked.site().name(), name -> new Lane());
            if (lane.busy) {
                lane.next = Optional.of(asked);
                asked.gathering().queued(asked.site().name());
                return;
            }
            lane.busy = true;
        }
        threads.execute(() -> run(asked));
    }

    private void run(Asked<?> asked) {
        try {
            asked.run();
        } finally {
            free(asked.site().name()).ifPresent(this::run);
        }
    }

    /** What the site is asked next, if anything. */
    private synchronized Optional<Asked<?>> free(String site) {
        Lane lane = lanes.get(site);
        Optional<Asked<?>> next = lane.next.filter(asked -> asked.wanted().isOfUse());
        lane.next = Optional.empty();
        lane.busy = next.isPresent();
        return next;
    }

    /** A question to one site. */
    private record Asked<A>(
            RemoteSite site, Question<A> question, Wanted wanted, Gathering<A> gathering, Watch<A> watch) {

        void run() {
            gathering.begun(site.name());
            try {
                A answer = question.ask(site, wanted);
                if (!gathering.answered(site.name(), answer)
                        && !wanted.waiting().isCancelled()) {
                    watch.late(site, answer);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failed(new IOException("interrupted", e));
            } catch (IOException | RuntimeException e) {
                failed(e);
            } catch (Error e) {
                failed(new IOException(e.toString(), e));
                throw e;
            }
        }

        private void failed(Exception failure) {
            if (failure instanceof CancellationException && wanted.waiting().isCancelled()) {
                LOG.debug("site {} was not waited for", site.name());
                return;
            }
            LOG.debug("site {} failed", site.name(), failure);
            gathering.failed(
                    site.name(), failure, () -> watch.failed(site.name(), Failure.reason(site.name(), failure)));
        }
    }

    /** Waits for nobody any more. */
    @Override
    public void close() {
        stop.close();
        over.cancel();
        threads.shutdown();
    }
}
