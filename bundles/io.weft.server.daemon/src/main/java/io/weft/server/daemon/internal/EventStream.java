package io.weft.server.daemon.internal;

import io.weft.exchange.Cancellation;
import io.weft.server.JobEvent;
import io.weft.server.JobEventText;
import io.weft.server.JobState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What has happened in a job since this process knows it, numbered, for any number of watchers. Of a site's progress, and of the reasons
 * for which a job stays in a state, only the last is kept. The numbers of a later process are higher, so who has watched a former one gets the whole stream.
 */
final class EventStream {

    /** As many go into one answer. */
    private static final int MOST = 500;

    private final NavigableMap<Long, String> events = new TreeMap<>();
    private final Map<String, Long> progress = new HashMap<>();
    private Optional<JobState> state = Optional.empty();
    private final Runnable changed;
    private final long first;
    private long last;
    private boolean over;

    /**
     * An empty stream.
     *
     * @param from a number that no earlier stream of the job has reached
     * @param changed is run whenever the stream, or what is not on it, is not as it was
     */
    EventStream(long from, Runnable changed) {
        this.first = from;
        this.last = from;
        this.changed = changed;
    }

    /**
     * A part of the stream.
     *
     * @param last the number of its last event
     * @param over whether that is all, for good
     */
    record Part(List<String> events, long last, boolean over) {}

    synchronized void add(JobEvent event) {
        if (event instanceof JobEvent.StateChanged change
                && state.filter(change.state()::equals).isPresent()) {
            events.remove(last); // Another reason for the same state: only the last is kept.
        }
        state = event instanceof JobEvent.StateChanged change ? Optional.of(change.state()) : Optional.empty();
        last++;
        events.put(last, JobEventText.of(event));
        if (event instanceof JobEvent.SiteStep step) {
            Long earlier = progress.put(step.site(), last);
            if (earlier != null) {
                events.remove(earlier);
            }
        }
        tell();
    }

    /** Nothing will happen any more. */
    synchronized void end() {
        over = true;
        tell();
    }

    private void tell() {
        notifyAll();
        changed.run();
    }

    /** Something that is on no stream has changed: whoever waits looks again. */
    synchronized void wake() {
        tell();
    }

    /**
     * How far the stream is.
     *
     * @param over whether there will be no more
     */
    record Mark(long last, boolean over) {}

    synchronized Mark mark() {
        return new Mark(last, over);
    }

    /** Waits until the stream is farther than that. */
    void awaitAfter(Mark mark, Cancellation cancellation) throws InterruptedException {
        try (Cancellation.Registration registration = cancellation.onCancel(this::wake)) {
            synchronized (this) {
                while (mark().equals(mark) && !cancellation.isCancelled()) {
                    wait();
                }
                cancellation.check();
            }
        }
    }

    /**
     * What came after a number, as soon as there is anything; after a number below 0, or one of a former process, at once and from the
     * beginning, so that its watcher learns how the job stands now.
     */
    Part after(long number, Cancellation cancellation) throws InterruptedException {
        try (Cancellation.Registration registration = cancellation.onCancel(this::wake)) {
            synchronized (this) {
                boolean knows = number >= first && number <= last;
                long known = knows ? number : first;
                while (knows && events.tailMap(known, false).isEmpty() && !over && !cancellation.isCancelled()) {
                    wait();
                }
                cancellation.check();
                return soFar(known);
            }
        }
    }

    /** What has come after a number until now; all of it when the stream has not reached that number. */
    synchronized Part soFar(long number) {
        long known = number > last ? 0 : number;
        List<String> part = new ArrayList<>();
        long reached = known;
        for (Map.Entry<Long, String> event : events.tailMap(known, false).entrySet()) {
            if (part.size() == MOST) {
                return new Part(part, reached, false);
            }
            part.add(event.getValue());
            reached = event.getKey();
        }
        return new Part(part, Math.max(reached, known), over);
    }
}
