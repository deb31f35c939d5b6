package io.weft.site.daemon.internal;

import io.weft.api.plugin.Refusal;
import io.weft.site.Site;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a site with its server: joins, waits until the link ends, and joins again, after a pause that grows while it is in vain and
 * differs from site to site, so that they do not all come at once.
 */
final class Membership implements AutoCloseable {

    private static final Duration SHORTEST = Duration.ofMillis(200);
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    /** Joins once. */
    @FunctionalInterface
    interface Joining {
        Site join() throws IOException, InterruptedException;
    }

    private final Joining joining;
    private final RandomGenerator chance;
    private final Thread thread = new Thread(this::stay, "membership");
    private Optional<Site> site = Optional.empty();
    private String trouble = "it is just dialling";
    private boolean tried;
    private boolean closed;

    private Membership(Joining joining, RandomGenerator chance) {
        this.joining = joining;
        this.chance = chance;
    }

    /**
     * Begins to join.
     *
     * @param chance spreads the pauses
     */
    static Membership begin(Joining joining, RandomGenerator chance) {
        Membership membership = new Membership(joining, chance);
        membership.thread.start();
        return membership;
    }

    private void stay() {
        Duration pause = SHORTEST;
        try {
            while (!isClosed()) {
                try {
                    Site joined = joining.join();
                    pause = SHORTEST;
                    if (joined(joined)) {
                        joined.awaitEnd();
                    }
                    left(joined);
                } catch (Refusal e) {
                    failed(e.getMessage());
                } catch (IOException e) {
                    failed(FileProblem.words(e));
                } catch (RuntimeException | LinkageError e) {
                    LOG.error("the server could not be joined", e);
                    failed(e.toString());
                }
                pause(pause);
                pause = pause.multipliedBy(2).compareTo(LONGEST) < 0 ? pause.multipliedBy(2) : LONGEST;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether there was still time to join. */
    private synchronized boolean joined(Site joined) {
        site = Optional.of(joined);
        trouble = "";
        tried = true;
        notifyAll();
        LOG.info("the server was joined");
        if (closed) {
            joined.close();
        }
        return !closed;
    }

    private void left(Site former) {
        synchronized (this) {
            site = Optional.empty();
            trouble = "the link was closed; it is dialling again";
        }
        if (!isClosed()) {
            former.close();
        }
        LOG.info("the link to the server was closed");
    }

    private synchronized void failed(String reason) {
        if (!reason.equals(trouble)) {
            LOG.warn("the server is not joined: {}", reason);
        }
        trouble = reason;
        tried = true;
        notifyAll();
    }

    /** Waits until it has joined, or a first time in vain, but not for longer than that. */
    synchronized void awaitFirst(Duration longest) throws InterruptedException {
        long end = System.nanoTime() + longest.toNanos();
        for (long left = longest.toNanos(); left > 0 && !tried && !closed; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    private synchronized void pause(Duration longest) throws InterruptedException {
        long nanos = longest.toNanos() / 2 + chance.nextLong(longest.toNanos() / 2 + 1);
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0 && !closed; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** Why it is not connected; empty when it is. */
    synchronized Optional<String> trouble() {
        if (site.isEmpty()) {
            return Optional.of(trouble);
        }
        return site.get().isAway() ? Optional.of("the connection broke; it is dialling again") : Optional.empty();
    }

    /** The jobs that it takes part in now. */
    synchronized List<String> jobs() {
        return site.map(Site::jobs).orElse(List.of());
    }

    /** Leaves the server. What runs is stopped, and done again when the site is back. */
    @Override
    public void close() throws InterruptedException {
        Optional<Site> joined;
        synchronized (this) {
            closed = true;
            joined = site;
            notifyAll();
        }
        joined.ifPresent(Site::close);
        thread.interrupt();
        thread.join();
    }
}
