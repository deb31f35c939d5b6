package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.api.plugin.Summary;
import io.weft.api.tracking.Tracking;
import io.weft.api.training.Outcome;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.server.JobEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class JournalTest {

    @TempDir
    Path folder;

    private final List<String> tracked = Collections.synchronizedList(new ArrayList<>());

    private final List<JobEvent> told = new ArrayList<>();

    @Test
    void trackersSeeTheLearningRateOfEachSitesLastStepAndTheMean() throws IOException {
        record(journal -> {
            for (int done = 1; done <= 2; done++) {
                journal.stepped(new JobEvent.SiteStep(
                        1, "site-1", "train", done, 2, new TreeMap<>(Map.of("learningRate", 0.5 / done))));
                journal.stepped(new JobEvent.SiteStep(
                        1, "site-2", "train", done, 2, new TreeMap<>(Map.of("learningRate", 1.5 / done))));
            }
            journal.finished(new JobEvent.RoundFinished(1, new TreeMap<>(), new TreeMap<>(), 0, 0, 1));
        });
        assertEquals(List.of("site-1 1 0.25", "site-2 1 0.75", "all 1 0.5"), under("train/learningRate"));
        assertEquals(
                List.of("site-1 1 0.5", "site-2 1 1.5", "site-1 2 0.25", "site-2 2 0.75"), under("step/learningRate"));
    }

    @Test
    void trackersSeeWhatIsRecordedPerSiteAndOverAll() throws IOException {
        record(journal -> {
            journal.trained(1, "site-1", trained(30, 2.0, 100.0), 5);
            journal.trained(1, "site-2", trained(10, 4.0, 300.0), 5);
            journal.finished(new JobEvent.RoundFinished(
                    1,
                    new TreeMap<>(Map.of("site-1", trained(30, 2.0, 100.0), "site-2", trained(10, 4.0, 300.0))),
                    new TreeMap<>(Map.of("site-1", 30.0, "site-2", 10.0)),
                    0,
                    0,
                    1));
        });
        assertEquals(List.of("site-1 1 2.0", "site-2 1 4.0", "all 1 2.5"), under("train/loss"));
        assertEquals(List.of("site-1 1 100.0", "site-2 1 300.0", "all 1 150.0"), under("train/tokensPerSecond"));
        assertEquals(List.of("site-1 1 30.0", "site-2 1 10.0"), under("train/steps"));
    }

    @Test
    void validationHasItsPerplexityAndTheResultACurveOfItsOwn() throws IOException {
        record(journal -> {
            journal.validated(
                    0, false, new TreeMap<>(Map.of("site-1", validated(0.0, 10), "site-2", validated(4.0, 30))));
            journal.validated(1, true, new TreeMap<>(Map.of("site-1", validated(1.0, 10))));
        });
        assertEquals(List.of("site-1 0 0.0", "site-2 0 4.0", "all 0 3.0"), under("validate/loss"));
        assertEquals(
                List.of("site-1 0 1.0", "site-2 0 " + Math.exp(4.0), "all 0 " + Math.exp(3.0)),
                under("validate/perplexity"));
        assertEquals(List.of("site-1 1 1.0", "all 1 1.0"), under("result/loss"));
    }

    @Test
    void bytesAreCountedFromTheStart() throws IOException {
        record(journal -> {
            journal.transferred(1, "site-1", false, Message.Pulled.plain(8, 10, 1));
            journal.transferred(1, "site-2", false, Message.Pulled.plain(8, 11, 1));
            journal.transferred(1, "site-1", true, Message.Pulled.plain(8, 5, 1));
            journal.transferred(2, "site-1", false, Message.Pulled.plain(8, 10, 1));
        });
        assertEquals(
                List.of("site-1 1 10.0", "all 1 10.0", "site-2 1 11.0", "all 1 21.0", "site-1 2 20.0", "all 2 31.0"),
                under("transfer/bytesDown"));
        assertEquals(List.of("site-1 1 5.0", "all 1 5.0"), under("transfer/bytesUp"));
    }

    @Test
    void whatWasCodedSaysWhatThatSavedAndLost() throws IOException {
        Message.Coded how = new Message.Coded("nf4", List.of(2L), 0.25, 0.09);
        record(journal -> {
            journal.transferred(1, "site-1", true, Message.Pulled.plain(2, 5, 1).decodedTo(8, how, 0.5));
            journal.transferred(1, "site-1", false, Message.Pulled.plain(8, 10, 1));
        });
        assertEquals(List.of("site-1 1 0.09"), under("transfer/up/quantizationError"));
        assertEquals(List.of("site-1 1 8.0"), under("transfer/up/logicalBytes"));
        assertEquals(List.of("site-1 1 2.0"), under("transfer/up/encodedBytes"));
        assertEquals(List.of("site-1 1 250.0"), under("transfer/up/encodeMilliseconds"));
        assertEquals(List.of("site-1 1 500.0"), under("transfer/up/decodeMilliseconds"));
        assertEquals(List.of(), under("transfer/down/quantizationError"));
        assertEquals(
                List.of(new JobEvent.Coded(1, "site-1", true, 8, 2, 0.25, 0.5, 0.09)),
                told.stream().filter(JobEvent.Coded.class::isInstance).toList());
    }

    @Test
    void stepsAreCountedOverTheRounds() throws IOException {
        record(journal -> {
            journal.stepped(step(1, "train", 3));
            journal.stepped(step(2, "train", 1));
            journal.stepped(step(2, "validate", 1));
        });
        assertEquals(List.of("site-1 3 0.001", "site-1 11 0.001"), under("step/learningRate"));
    }

    @Test
    void whatAScriptWritesDownIsTrackedAsItIsAndShownStepByStep() throws IOException {
        record(journal -> {
            journal.tracked(1, "site-1", "step/loss", 7, new Summary.Scalar(0.5));
            journal.tracked(1, "site-1", "step/learningRate", 7, new Summary.Scalar(0.25));
            journal.tracked(1, "site-1", "note", 7, new Summary.Text("half way"));
            journal.finished(new JobEvent.RoundFinished(1, new TreeMap<>(), new TreeMap<>(), 0, 0, 1));
            assertEquals(Optional.of("train 7"), journal.progress(1, "site-1"));
        });
        assertEquals(List.of("site-1 7 0.5"), under("step/loss"));
        assertEquals(List.of("site-1 1 0.25", "all 1 0.25"), under("train/learningRate"));
        assertEquals(
                List.of(Map.of("loss", 0.5), Map.of("learningRate", 0.25, "loss", 0.5)),
                told.stream()
                        .filter(JobEvent.SiteStep.class::isInstance)
                        .map(event -> ((JobEvent.SiteStep) event).values())
                        .toList());
    }

    private static JobEvent.SiteStep step(int round, String activity, long done) {
        return new JobEvent.SiteStep(
                round, "site-1", activity, done, 10, new TreeMap<>(Map.of("loss", 2.0, "learningRate", 1e-3)));
    }

    private static Outcome trained(long steps, double loss, double tokensPerSecond) {
        return new Outcome(
                steps,
                steps,
                steps,
                new TreeMap<>(Map.of(
                        Outcome.TRAIN_LOSS,
                        loss,
                        Outcome.TOKENS_PER_SECOND,
                        tokensPerSecond,
                        Outcome.TRAIN_SECONDS,
                        2.0)));
    }

    private static Outcome validated(double loss, double tokens) {
        return new Outcome(
                0, 0, 0, new TreeMap<>(Map.of(Outcome.VALIDATION_LOSS, loss, Outcome.VALIDATION_TOKENS, tokens)));
    }

    /** Something that is recorded. */
    private interface Recording {
        void in(Journal journal) throws IOException;
    }

    private void record(Recording recording) throws IOException {
        TrackerFeed feed = TrackerFeed.start(
                "job",
                "fake",
                round -> new TrackerFeed.Held(EmptyScope.of("job"), new Listing()),
                note -> tracked.add("note " + note),
                new TrackerPatience(
                        Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMinutes(1)),
                new Cancellation());
        try (Trackers trackers = new Trackers(List.of(feed));
                Journal journal = new Journal(
                        new MetricsFile(folder.resolve("metrics.jsonl")),
                        new SiteLogs(new JobFolder(folder)),
                        trackers,
                        told::add)) {
            journal.start(0);
            recording.in(journal);
        }
    }

    /** Where, at which step and how much, of one tag, in order. */
    private List<String> under(String tag) {
        return tracked.stream()
                .filter(line -> line.startsWith(tag + " "))
                .map(line -> line.substring(tag.length() + 1))
                .toList();
    }

    private final class Listing implements Tracking {

        @Override
        public void scalar(Optional<String> site, String tag, long step, double value) {
            tracked.add(tag + " " + site.orElse("all") + " " + step + " " + value);
        }

        @Override
        public void close() {}
    }
}
