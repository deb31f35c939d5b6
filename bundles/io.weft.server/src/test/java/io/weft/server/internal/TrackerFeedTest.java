package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Summary;
import io.weft.api.tracking.Tracker;
import io.weft.api.tracking.Tracking;
import io.weft.exchange.Cancellation;
import io.weft.plugins.MissingPlugin;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class TrackerFeedTest {

    private static final Optional<String> SITE = Optional.of("site-1");
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final TrackerPatience PATIENCE = new TrackerPatience(LONG, LONG, LONG, LONG);
    private static final TrackerPatience NONE = new TrackerPatience(Duration.ofMillis(1), LONG, LONG, LONG);
    private static final TrackerPatience IN_HURRY = new TrackerPatience(LONG, LONG, Duration.ofMillis(1), LONG);

    private final List<String> happened = Collections.synchronizedList(new ArrayList<>());
    private final Cancellation cancellation = new Cancellation();
    private final List<String> notes = Collections.synchronizedList(new ArrayList<>());

    @Test
    void aTrackerGetsEveryValueInOrderAndIsHeldARound() {
        try (TrackerFeed feed = feed(Recording::new)) {
            feed.scalar(SITE, "train/loss", 1, 2.5);
            feed.scalar(Optional.empty(), "train/loss", 1, 2.25);
            feed.endRound(1);
            feed.scalar(Optional.empty(), "validate/loss", 2, 2.0);
        }
        assertEquals(
                List.of(
                        "open 1",
                        "site-1 train/loss 1 2.5",
                        "all train/loss 1 2.25",
                        "close 1",
                        "open 2",
                        "all validate/loss 2 2.0",
                        "close 2"),
                happened);
        assertEquals(List.of(), notes);
    }

    @Test
    void aTrackerWithoutValuesIsNeverOpened() {
        try (TrackerFeed feed = feed(Recording::new)) {
            feed.endRound(1);
            feed.endRound(2);
        }
        assertEquals(List.of(), happened);
    }

    @Test
    void aTrackerThatFailsIsClosedAndTriedAgainInTheNextRound() {
        try (TrackerFeed feed = feed(round -> round == 1 ? new Failing(round) : new Recording(round))) {
            feed.scalar(SITE, "train/loss", 1, 2.5);
            feed.scalar(SITE, "train/seconds", 1, 9);
            feed.endRound(1);
            feed.scalar(SITE, "train/loss", 2, 2.25);
        }
        assertEquals(List.of("open 1", "close 1", "open 2", "site-1 train/loss 2 2.25", "close 2"), happened);
        assertEquals(
                List.of(
                        "tracker 'fake' failed (java.io.IOException: no room); the job goes on without it until the next round",
                        "tracker 'fake' did not get 2 of 3 values; metrics.jsonl has all that Weft measured"),
                notes);
    }

    @Test
    void aTrackerThatCannotBeOpenedIsNotedOnce() {
        TrackerFeed.Opening missing = round -> {
            throw new IOException("round " + round);
        };
        try (TrackerFeed feed = TrackerFeed.start("job", "fake", missing, notes::add, PATIENCE, cancellation)) {
            feed.scalar(SITE, "train/loss", 1, 2.5);
            feed.endRound(1);
            feed.scalar(SITE, "train/loss", 2, 2.5);
        }
        assertEquals(2, notes.size(), notes::toString);
        assertTrue(notes.get(0).contains("round 1"), notes::toString);
        assertTrue(notes.get(1).contains("did not get 2 of 2 values"), notes::toString);
    }

    @Test
    void aTrackerThatIsNotInstalledHasNotFailedAndIsToldOfEachTimeItGoes() {
        MissingPlugin missing = new MissingPlugin(Tracker.class, "fake", List.of("tensorboard"));
        TrackerFeed.Opening opening = round -> {
            if (round == 1 || round == 3) {
                return held(new Recording(round));
            }
            throw missing.refusal();
        };
        try (TrackerFeed feed = TrackerFeed.start("job", "fake", opening, notes::add, PATIENCE, cancellation)) {
            for (int round = 1; round <= 5; round++) {
                feed.scalar(SITE, "train/loss", round, 2.5);
                feed.endRound(round);
            }
        }
        String gone = "tracker 'fake' is not installed; the job goes on without it until the next round that finds it";
        assertEquals(
                List.of(
                        gone,
                        gone,
                        "tracker 'fake' did not get 3 of 5 values; metrics.jsonl has all that Weft measured"),
                notes);
    }

    @Test
    void aTrackerWhoseCodeIsGoneIsATrackerThatFails() {
        TrackerFeed.Opening gone = round -> {
            throw new NoClassDefFoundError("the bundle wiring is no longer valid");
        };
        try (TrackerFeed feed = TrackerFeed.start("job", "fake", gone, notes::add, PATIENCE, cancellation)) {
            feed.scalar(SITE, "train/loss", 1, 2.5);
        }
        assertTrue(notes.get(0).contains("no longer valid"), notes::toString);
    }

    @Test
    void aTrackerThatHangsCostsItsOwnValuesAlone() {
        CountDownLatch never = new CountDownLatch(1);
        int values = 100_000;
        try (TrackerFeed feed = TrackerFeed.start(
                "job", "fake", round -> held(new Hanging(round, never)), notes::add, NONE, cancellation)) {
            for (int i = 0; i < values; i++) {
                feed.scalar(SITE, "step/loss", i, 1);
            }
        }
        assertEquals(1, notes.size(), notes::toString);
        assertTrue(
                notes.get(0)
                        .endsWith(" of " + values
                                + " values (it was busy with one of them for 0.001 s); metrics.jsonl has all"
                                + " that Weft measured"),
                notes::toString);
    }

    @Test
    void aTrackerOfAJobThatIsStoppedMeanwhileGetsLessTime() {
        CountDownLatch never = new CountDownLatch(1);
        TrackerFeed.Opening hanging = round -> {
            cancellation.cancel();
            return held(new Hanging(round, never));
        };
        try (TrackerFeed feed = TrackerFeed.start("job", "fake", hanging, notes::add, IN_HURRY, cancellation)) {
            feed.scalar(SITE, "train/loss", 1, 2.5);
        }
        assertEquals(
                List.of(
                        "tracker 'fake' did not get 1 of 1 values before the job was stopped; metrics.jsonl has all that"
                                + " Weft measured"),
                notes);
    }

    @Test
    void aTrackerThatDoesNotEndIsTold() {
        CountDownLatch never = new CountDownLatch(1);
        Tracking endless = new Tracking() {
            @Override
            public void scalar(Optional<String> site, String tag, long step, double value) {}

            @Override
            public void close() throws IOException {
                cancellation.cancel();
                new Hanging(1, never).scalar(SITE, "train/loss", 1, 1);
            }
        };
        try (TrackerFeed feed =
                TrackerFeed.start("job", "fake", round -> held(endless), notes::add, IN_HURRY, cancellation)) {
            feed.scalar(SITE, "train/loss", 1, 2.5);
        }
        assertEquals(
                List.of(
                        "tracker 'fake' did not end before the job was stopped; metrics.jsonl has all that Weft measured"),
                notes);
    }

    @Test
    void aTrackerGetsWhatAScriptWroteDownInOrderWithAllElse() {
        try (TrackerFeed feed = feed(Recording::new)) {
            feed.summary("site-1", "loss", 3, new Summary.Scalar(0.5));
            feed.scalar(SITE, "train/loss", 1, 2.5);
            feed.summary("site-1", "note", 4, new Summary.Text("half way"));
        }
        assertEquals(
                List.of("open 1", "site-1 loss 3 0.5", "site-1 train/loss 1 2.5", "site-1 note 4 half way", "close 1"),
                happened);
    }

    @Test
    void textsThatWaitForATrackerThatHangsHaveALimit() {
        CountDownLatch never = new CountDownLatch(1);
        String text = "x".repeat(1 << 20);
        try (TrackerFeed feed = TrackerFeed.start(
                "job", "fake", round -> held(new Hanging(round, never)), notes::add, NONE, cancellation)) {
            feed.scalar(SITE, "step/loss", 1, 1);
            for (int i = 0; i < 1000; i++) {
                feed.summary("site-1", "note", i, new Summary.Text(text));
            }
        }
        assertTrue(notes.get(0).contains(" of 1001 values"), notes::toString);
    }

    private TrackerFeed feed(IntFunction<Tracking> trackings) {
        return TrackerFeed.start(
                "job", "fake", round -> held(trackings.apply(round)), notes::add, PATIENCE, cancellation);
    }

    private static TrackerFeed.Held held(Tracking tracking) {
        return new TrackerFeed.Held(EmptyScope.of("job"), tracking);
    }

    private final class Recording implements Tracking {

        private final int round;

        Recording(int round) {
            this.round = round;
            happened.add("open " + round);
        }

        @Override
        public void scalar(Optional<String> site, String tag, long step, double value) {
            happened.add(site.orElse("all") + " " + tag + " " + step + " " + value);
        }

        @Override
        public void summary(String site, String tag, long step, Summary value) throws IOException {
            if (value instanceof Summary.Text text) {
                happened.add(site + " " + tag + " " + step + " " + text.text());
            } else {
                Tracking.super.summary(site, tag, step, value);
            }
        }

        @Override
        public void close() {
            happened.add("close " + round);
        }
    }

    private final class Failing implements Tracking {

        private final int round;

        Failing(int round) {
            this.round = round;
            happened.add("open " + round);
        }

        @Override
        public void scalar(Optional<String> site, String tag, long step, double value) throws IOException {
            throw new IOException("no room");
        }

        @Override
        public void close() {
            happened.add("close " + round);
        }
    }

    private record Hanging(int round, CountDownLatch until) implements Tracking {

        @Override
        public void scalar(Optional<String> site, String tag, long step, double value) throws IOException {
            try {
                until.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("gave up in round " + round, e);
            }
        }

        @Override
        public void close() {}
    }
}
