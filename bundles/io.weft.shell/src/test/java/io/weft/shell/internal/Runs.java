package io.weft.shell.internal;

import io.weft.api.training.Outcome;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import io.weft.server.JobSummary;
import io.weft.simulate.SimulationResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The events of a run of two sites over two rounds. */
final class Runs {

    static final Path FOLDER = Path.of("/runs/small-1");

    private Runs() {}

    static List<JobEvent> events() {
        return List.of(
                new JobEvent.Started("small-1", FOLDER, 2, List.of("a", "b")),
                new JobEvent.StateChanged(JobState.RUNNING, Optional.empty()),
                new JobEvent.RoundStarted(1),
                step(1, "a", 1, 4, 3.5),
                step(1, "a", 2, 4, 3.25),
                step(1, "b", 4, 4, 3.0),
                new JobEvent.Transferred(1, "b", true, 1_000, 1_200, 0.1),
                new JobEvent.Noted(Optional.of("b"), "2 records were cut"),
                validated(0, 4.0, 3.0, 3.5),
                finished(1, 3.0, 2.0),
                new JobEvent.RoundStarted(2),
                step(2, "b", 1, 4, 2.5),
                finished(2, 2.0, 1.0),
                validated(2, 1.5, 0.5, 1.0),
                new JobEvent.StateChanged(JobState.FINISHED, Optional.empty()));
    }

    /** Three sites, of which one always fails and another is late; a fourth is left out. */
    static List<JobEvent> eventsWithoutSome() {
        return List.of(
                new JobEvent.Started("small-1", FOLDER, 4, List.of("a", "b", "c")),
                new JobEvent.SiteFailed(0, "d", "there is no dataset 'words' here"),
                new JobEvent.RoundStarted(1),
                new JobEvent.Wrote("c", List.of("epoch 1", "\u001b[31mno space left\u001b[0m\u0007")),
                new JobEvent.SiteFailed(1, "c", "the disk is full; make room in /data"),
                finished(1, 3.0, 2.0),
                new JobEvent.RoundStarted(2),
                new JobEvent.SiteLate(2, "b", "nothing within the deadline of 10s; it was at train 3/9"),
                new JobEvent.SiteFailed(2, "c", "the disk is full; make room in /data"),
                new JobEvent.RoundFinished(
                        2,
                        new TreeMap<>(Map.of("a", outcome(2.0))),
                        new TreeMap<>(Map.of("a", 1.0)),
                        1_200,
                        2_400,
                        3.5));
    }

    /** Sites whose program tells no metrics; one of them is gone in the second round. */
    static List<JobEvent> eventsWithoutLosses() {
        Outcome silent = new Outcome(4, 16, 100, new TreeMap<>());
        return List.of(
                new JobEvent.Started("small-1", FOLDER, 2, List.of("a", "b")),
                new JobEvent.RoundStarted(1),
                new JobEvent.RoundFinished(
                        1,
                        new TreeMap<>(Map.of("a", silent, "b", silent)),
                        new TreeMap<>(Map.of("a", 1.0, "b", 1.0)),
                        1_200,
                        2_400,
                        3.5),
                new JobEvent.RoundStarted(2),
                new JobEvent.RoundFinished(
                        2, new TreeMap<>(Map.of("a", silent)), new TreeMap<>(Map.of("a", 1.0)), 1_200, 2_400, 3.5));
    }

    /** The same run, resumed after its first round. */
    static List<JobEvent> resumed() {
        List<JobEvent> all = events();
        int second = all.indexOf(new JobEvent.RoundStarted(2));
        List<JobEvent> events = new ArrayList<>();
        events.add(all.get(0));
        events.add(new JobEvent.Resumed(1, 1, all.subList(1, second)));
        events.addAll(all.subList(second, all.size()));
        return events;
    }

    static SimulationResult result(JobState state, Optional<String> reason) {
        return new SimulationResult(
                new JobSummary("small-1", state, 2, Optional.empty(), 2_400, 4_800, 7),
                reason,
                FOLDER,
                Optional.empty());
    }

    /** A run whose result is the model of a round that did best. */
    static SimulationResult resultOf(int round, double loss) {
        return new SimulationResult(
                new JobSummary(
                        "small-1",
                        JobState.FINISHED,
                        2,
                        Optional.of(new JobSummary.Best(round, Outcome.VALIDATION_LOSS, loss)),
                        2_400,
                        4_800,
                        7),
                Optional.empty(),
                FOLDER,
                Optional.empty());
    }

    static JobEvent.SiteStep step(int round, String site, long done, long total, double loss) {
        return new JobEvent.SiteStep(
                round, site, "train", done, total, new TreeMap<>(Map.of("loss", loss, "tokensPerSecond", 1234.4)));
    }

    private static JobEvent validated(int round, double a, double b, double all) {
        return new JobEvent.Validated(round, false, new TreeMap<>(Map.of("a", loss(a), "b", loss(b))), loss(all));
    }

    /** The closing validation, of the result as it was written. */
    static JobEvent validatedResult(int round, double all) {
        return new JobEvent.Validated(round, true, new TreeMap<>(Map.of("a", loss(all), "b", loss(all))), loss(all));
    }

    private static SortedMap<String, Double> loss(double loss) {
        return new TreeMap<>(Map.of(Outcome.VALIDATION_LOSS, loss));
    }

    private static JobEvent finished(int round, double a, double b) {
        return new JobEvent.RoundFinished(
                round,
                new TreeMap<>(Map.of("a", outcome(a), "b", outcome(b))),
                new TreeMap<>(Map.of("a", 3.0, "b", 1.0)),
                1_200,
                2_400,
                3.5);
    }

    private static Outcome outcome(double loss) {
        return new Outcome(4, 16, 100, new TreeMap<>(Map.of(Outcome.TRAIN_LOSS, loss)));
    }
}
