package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.plugin.Summary;
import io.weft.api.tracking.Tracking;
import io.weft.plugins.JobScope;
import io.weft.plugins.PluginCode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds one tracker on a thread of its own. The job leaves its values in a queue and goes on: a tracker that is slower than the
 * queue is long, or fails, loses values, which are counted and told. The plugin is held from a round's first value to its end.
 */
final class TrackerFeed implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TrackerFeed.class);

    /** Some ten thousand steps of a few values: minutes of a disk that hangs. */
    private static final int CAPACITY = 1 << 16;

    /** Texts and histograms are larger than numbers; all of them that wait have no more bytes than this. */
    private static final long MOST_BYTES = 64 << 20;

    /** A number in a list. */
    private static final int BOXED = 24;

    /** A tracker that is held, and what it is held by. */
    record Held(JobScope scope, Tracking tracking) {}

    /** Leases the tracker and opens it. */
    @FunctionalInterface
    interface Opening {
        Held open(int round) throws IOException;
    }

    private sealed interface Item {}

    /** What counts as lost when the tracker does not get it. */
    private sealed interface Value extends Item {

        /** What it takes in memory beyond a few words. */
        long bytes();

        void to(Tracking tracking) throws IOException;
    }

    private record Scalar(Optional<String> site, String tag, long step, double value) implements Value {

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public void to(Tracking tracking) throws IOException {
            tracking.scalar(site, tag, step, value);
        }
    }

    private record Written(String site, String tag, long step, Summary value) implements Value {

        @Override
        public long bytes() {
            if (value instanceof Summary.Text text) {
                return (long) Character.BYTES * text.text().length();
            }
            return value instanceof Summary.Histogram histogram
                    ? 2L * BOXED * histogram.limits().size()
                    : 0;
        }

        @Override
        public void to(Tracking tracking) throws IOException {
            tracking.summary(site, tag, step, value);
        }
    }

    private record RoundEnd(int round) implements Item {}

    private record End() implements Item {}

    private final String name;
    private final Opening opening;
    private final Consumer<String> note;
    private final Duration patience;
    private final BlockingQueue<Item> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong waitingBytes = new AtomicLong();
    private final AtomicLong given = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final Thread thread;
    private volatile boolean abandoned;

    // Of the thread.
    private int round = 1;
    private Optional<Held> held = Optional.empty();
    private boolean givenUp;
    private boolean told;

    private TrackerFeed(String job, String name, Opening opening, Consumer<String> note, Duration patience) {
        this.name = name;
        this.opening = opening;
        this.note = note;
        this.patience = patience;
        this.thread = new Thread(this::work, job + "-track-" + name);
        this.thread.setDaemon(true);
    }

    /**
     * Starts to feed a tracker.
     *
     * @param note told what a person should know; called from any thread
     * @param patience how long closing waits for a tracker that has not taken all values
     */
    static TrackerFeed start(String job, String name, Opening opening, Consumer<String> note, Duration patience) {
        TrackerFeed feed = new TrackerFeed(job, name, opening, note, patience);
        feed.thread.start();
        return feed;
    }

    /** Takes a value, or loses it; never waits. */
    void scalar(Optional<String> site, String tag, long step, double value) {
        give(new Scalar(site, tag, step, value));
    }

    /** Takes what a site's training wrote down, or loses it; never waits. */
    void summary(String site, String tag, long step, Summary value) {
        give(new Written(site, tag, step, value));
    }

    private void give(Value value) {
        given.incrementAndGet();
        if (waitingBytes.addAndGet(value.bytes()) > MOST_BYTES || !queue.offer(value)) {
            waitingBytes.addAndGet(-value.bytes());
            lost.incrementAndGet();
        }
    }

    /** After the values so far the tracker is let go, so that the next round finds the plugin that is installed then. */
    void endRound(int number) {
        if (!queue.offer(new RoundEnd(number))) {
            LOG.debug("tracker {} is held for longer than round {}", name, number);
        }
    }

    /** Lets the tracker take what it was given, if it does so soon. */
    @Override
    public void close() {
        End end = new End();
        while (!queue.offer(end)) {
            countLost(Optional.ofNullable(queue.poll()));
        }
        try {
            thread.join(patience.toMillis());
            if (thread.isAlive()) {
                abandoned = true;
                thread.interrupt();
                thread.join(patience.toMillis());
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
        List<Item> left = new ArrayList<>();
        queue.drainTo(left);
        left.forEach(item -> countLost(Optional.of(item)));
        if (lost.get() > 0) {
            note.accept("tracker '" + name + "' did not get " + lost + " of " + given
                    + " values; metrics.jsonl has all that Weft measured"
                    + (thread.isAlive() ? ". It hangs still" : ""));
        }
    }

    private void countLost(Optional<Item> item) {
        if (item.isPresent() && item.get() instanceof Value) {
            lost.incrementAndGet();
        }
    }

    private void work() {
        try {
            for (Item item = queue.take(); !(item instanceof End); item = queue.take()) {
                if (item instanceof Value value) {
                    waitingBytes.addAndGet(-value.bytes());
                    take(value);
                } else if (item instanceof RoundEnd end) {
                    release();
                    round = end.round() + 1;
                    givenUp = false;
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("tracker {} was given up with values left", name);
        } finally {
            release();
        }
    }

    private void take(Value value) {
        if (givenUp) {
            lost.incrementAndGet();
            return;
        }
        try {
            if (held.isEmpty()) {
                held = Optional.of(opening.open(round));
            }
            try (PluginCode code = PluginCode.of(held.get().tracking())) {
                value.to(held.get().tracking());
            }
        } catch (IOException | RuntimeException | LinkageError e) {
            lost.incrementAndGet();
            failed(e);
            release();
        }
    }

    /** Until the round ends; the next one may have another plugin, or a disk with room. */
    private void failed(Throwable failure) {
        givenUp = true;
        LOG.debug("tracker {} failed in round {}", name, round, failure);
        if (!told && !abandoned) {
            told = true;
            String why = failure instanceof Refusal ? failure.getMessage() : failure.toString();
            note.accept("tracker '" + name + "' failed (" + why + "); the job goes on without it until the next round");
        }
    }

    private void release() {
        Optional<Held> letGo = held;
        held = Optional.empty();
        if (letGo.isPresent()) {
            try (JobScope scope = letGo.get().scope();
                    PluginCode code = PluginCode.of(letGo.get().tracking())) {
                letGo.get().tracking().close();
            } catch (IOException | RuntimeException | LinkageError e) {
                failed(e);
            }
        }
    }
}
