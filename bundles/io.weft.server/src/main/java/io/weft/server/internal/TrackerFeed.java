package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.plugin.Summary;
import io.weft.api.tracking.Tracking;
import io.weft.exchange.Cancellation;
import io.weft.plugins.JobScope;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.PluginCode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds one tracker on a thread of its own. The job leaves its values in a queue and goes on: a tracker that is slower than the
 * queue is long, or fails, loses values, which are counted and told. The plugin is held from a round's first value to its end. Only the
 * job's end waits for it, as long as it goes on taking values.
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
    private final TrackerPatience patience;
    private final Cancellation cancellation;
    private final BlockingQueue<Item> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong waitingBytes = new AtomicLong();
    private final AtomicLong given = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final Thread thread;
    private volatile boolean abandoned;
    private boolean ended;

    // How far the thread is, guarded by this object.
    private Optional<Long> busySince = Optional.empty();
    private Optional<Long> hurriedSince = Optional.empty();
    private boolean over;

    // Of the thread.
    private int round = 1;
    private Optional<Held> held = Optional.empty();
    private boolean givenUp;
    private boolean told;
    private boolean absent;

    private TrackerFeed(
            String job,
            String name,
            Opening opening,
            Consumer<String> note,
            TrackerPatience patience,
            Cancellation cancellation) {
        this.name = name;
        this.opening = opening;
        this.note = note;
        this.patience = patience;
        this.cancellation = cancellation;
        this.thread = new Thread(this::work, job + "-track-" + name);
        this.thread.setDaemon(true);
    }

    /**
     * Starts to feed a tracker.
     *
     * @param note told what a person should know; called from any thread
     * @param patience how long closing waits for a tracker that has not taken all values
     * @param cancellation of the job: a tracker of one that was stopped gets less time
     */
    static TrackerFeed start(
            String job,
            String name,
            Opening opening,
            Consumer<String> note,
            TrackerPatience patience,
            Cancellation cancellation) {
        TrackerFeed feed = new TrackerFeed(job, name, opening, note, patience, cancellation);
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

    /** No values follow. May be said again. */
    void end() {
        if (ended) {
            return;
        }
        ended = true;
        End end = new End();
        while (!queue.offer(end)) {
            countLost(Optional.ofNullable(queue.poll()));
        }
    }

    /** Lets the tracker take what it was given, as long as it does. */
    @Override
    public void close() {
        end();
        String gaveUp = "";
        try (Cancellation.Registration registration = cancellation.onCancel(this::hurry)) {
            gaveUp = awaitOver();
            if (!gaveUp.isEmpty()) {
                abandoned = true;
                thread.interrupt();
                thread.join(patience.interrupted().toMillis());
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
        List<Item> left = new ArrayList<>();
        queue.drainTo(left);
        left.forEach(item -> countLost(Optional.of(item)));
        if (lost.get() > 0 || !gaveUp.isEmpty()) {
            note.accept("tracker '" + name + "' "
                    + (lost.get() > 0 ? "did not get " + lost + " of " + given + " values" : "did not end") + gaveUp
                    + "; metrics.jsonl has all that Weft measured"
                    + (!gaveUp.isEmpty() && thread.isAlive() ? ". It hangs still" : ""));
        }
    }

    private synchronized void hurry() {
        hurriedSince = Optional.of(System.nanoTime());
        notifyAll();
    }

    /** Waits for the thread to be done; says why no longer when it is not, else nothing. */
    private synchronized String awaitOver() throws InterruptedException {
        long endSince = System.nanoTime();
        while (!over) {
            long now = System.nanoTime();
            long left = hurriedSince.isPresent()
                    ? patience.leftInHurry(Math.max(hurriedSince.get(), endSince), now)
                    : patience.left(busySince.orElse(endSince), endSince, now);
            if (left <= 0) {
                return hurriedSince.isPresent()
                        ? " before the job was stopped"
                        : now - endSince >= patience.whole().toNanos()
                                ? " within " + seconds(patience.whole()) + " after the job's last value"
                                : " (it was busy with one of them for " + seconds(patience.still()) + ")";
            }
            wait(TimeUnit.NANOSECONDS.toMillis(left) + 1);
        }
        return "";
    }

    private static String seconds(Duration time) {
        return (time.toMillis() % 1000 == 0
                        ? Long.toString(time.toSeconds())
                        : Double.toString(time.toMillis() / 1000.0))
                + " s";
    }

    private void countLost(Optional<Item> item) {
        if (item.isPresent() && item.get() instanceof Value) {
            lost.incrementAndGet();
        }
    }

    private void work() {
        try {
            for (Item item = next(); !(item instanceof End); item = next()) {
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
            over();
        }
    }

    private Item next() throws InterruptedException {
        busy(Optional.empty());
        Item item = queue.take();
        busy(Optional.of(System.nanoTime()));
        return item;
    }

    private synchronized void busy(Optional<Long> since) {
        busySince = since;
    }

    private synchronized void over() {
        over = true;
        notifyAll();
    }

    private void take(Value value) {
        if (givenUp) {
            lost.incrementAndGet();
            return;
        }
        try {
            if (held.isEmpty()) {
                held = Optional.of(opening.open(round));
                absent = false;
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
        if (failure.getCause() instanceof MissingPlugin missing) {
            if (!absent && !abandoned) {
                note.accept(missing.reason() + "; the job goes on without it until the next round that finds it");
            }
            absent = true;
        } else if (!told && !abandoned) {
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
