package io.weft.server.internal;

import io.weft.tensor.DiskFull;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The answers to one question: who has answered, who has failed, who is still asked, and whether that is enough. What comes after it
 * was closed does not count. Used by the thread that waits and by those that bring answers.
 */
final class Gathering<A> {

    /** How a question stands. */
    enum Standing {
        /** Answers are waited for. */
        OPEN,
        /** The deadline is over, and there are too few answers. */
        OVERDUE,
        /** There are enough answers, and nobody else is waited for. */
        ENOUGH,
        /** So many answers as are needed cannot come any more. */
        HOPELESS
    }

    /** Puts a failure on record before it counts. */
    @FunctionalInterface
    interface Recording {
        void record() throws IOException;
    }

    private final int min;
    private final SortedMap<String, A> answers = new TreeMap<>();
    private final SortedMap<String, Exception> failures = new TreeMap<>();
    private final SortedSet<String> asked = new TreeSet<>();
    private final SortedSet<String> queued = new TreeSet<>();
    private Optional<IOException> broken = Optional.empty();
    private boolean overdue;
    private boolean closed;
    private long news;

    /**
     * @param sites all that will be asked; each is waited for until it has answered or failed
     * @param min how many must answer
     */
    Gathering(List<String> sites, int min) {
        this.min = min;
        asked.addAll(sites);
    }

    /** A site does something else still, and is asked when it is free. Nobody waits for it when all others are through. */
    synchronized void queued(String site) {
        queued.add(site);
        changed();
    }

    /** A site that was queued is free. */
    synchronized void begun(String site) {
        if (!closed) {
            queued.remove(site);
            changed();
        }
    }

    /** Takes a site's answer; false when it came too late. */
    synchronized boolean answered(String site, A answer) {
        if (closed || !asked.remove(site)) {
            return false;
        }
        queued.remove(site);
        answers.put(site, answer);
        changed();
        return true;
    }

    /** A site cannot answer, or what it answers finds no room here, which no site is to blame for; nothing is recorded when nobody waits for it any more. */
    synchronized void failed(String site, Exception reason, Recording recording) {
        if (!closed && reason instanceof DiskFull full) {
            broken = Optional.of(full);
            changed();
            return;
        }
        if (closed || !asked.remove(site)) {
            return;
        }
        queued.remove(site);
        failures.put(site, reason);
        try {
            recording.record();
        } catch (IOException e) {
            broken = Optional.of(e);
        }
        changed();
    }

    /** Fails when something could not be put on disk, which no site is to blame for. */
    synchronized void check() throws IOException {
        if (broken.isPresent()) {
            throw broken.get();
        }
    }

    /** The time is over. */
    synchronized void deadline() {
        overdue = true;
        changed();
    }

    /** Has whoever waits look again. */
    synchronized void wake() {
        changed();
    }

    private void changed() {
        news++;
        notifyAll();
    }

    /** Counts what has changed so far, for {@link #awaitNews}. */
    synchronized long news() {
        return news;
    }

    /** Waits until something has changed since then. */
    synchronized void awaitNews(long since) throws InterruptedException {
        while (news == since) {
            wait();
        }
    }

    synchronized Standing standing() {
        if (answers.size() + asked.size() < min) {
            return Standing.HOPELESS;
        }
        if (answers.size() >= min && (overdue || queued.containsAll(asked))) {
            return Standing.ENOUGH;
        }
        return overdue ? Standing.OVERDUE : Standing.OPEN;
    }

    /** Lets nothing more count; gives the sites that had neither answered nor failed. */
    synchronized SortedSet<String> close() {
        closed = true;
        return new TreeSet<>(asked);
    }

    /** The sites that were to begin when they are free, and did not. */
    synchronized SortedSet<String> stillBusy() {
        return new TreeSet<>(queued);
    }

    synchronized SortedMap<String, A> answers() {
        return new TreeMap<>(answers);
    }

    synchronized SortedMap<String, Exception> failures() {
        return new TreeMap<>(failures);
    }

    /** The sites that have neither answered nor failed. */
    synchronized List<String> missing() {
        return new ArrayList<>(asked);
    }

    int min() {
        return min;
    }
}
