package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.server.JobEvent;
import io.weft.server.JobState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class WatchedEventsTest {

    private final Recording recording = new Recording();
    private final PlainView view = new PlainView(recording.screen().out());
    private final WatchedEvents watched = new WatchedEvents(view);

    private static final JobEvent STARTED = new JobEvent.Started("small-1", Path.of(""), 3, List.of("a", "b"));
    private static final JobEvent RUNNING = new JobEvent.StateChanged(JobState.RUNNING, Optional.empty());

    private static JobEvent finished(int round) {
        return new JobEvent.RoundFinished(round, new TreeMap<>(), new TreeMap<>(), 0, 0, 1);
    }

    private List<String> shown(List<JobEvent> events) {
        int before = recording.out().length();
        events.forEach(event -> watched.happened(event, 0));
        return recording
                .out()
                .substring(before)
                .lines()
                .map(line -> line.replaceAll("  .*", ""))
                .toList();
    }

    private static List<JobEvent> together(List<JobEvent> first, JobEvent... more) {
        List<JobEvent> all = new ArrayList<>(first);
        all.addAll(List.of(more));
        return all;
    }

    @Test
    void aServerThatWasStartedAnewRepeatsNothingAndSaysThatItRuns() {
        shown(List.of(STARTED, RUNNING, new JobEvent.RoundStarted(1), finished(1), new JobEvent.RoundStarted(2)));

        assertEquals(
                List.of("goes on after round 1", "RUNNING again", "round 2/3 done"),
                shown(together(
                        List.of(STARTED, finished(1), new JobEvent.Resumed(1, 0, List.of()), RUNNING),
                        new JobEvent.RoundStarted(2),
                        finished(2))));
    }

    @Test
    void aRoundThatEndedOutOfSightIsShown() {
        shown(List.of(STARTED, RUNNING, new JobEvent.RoundStarted(1)));

        assertEquals(
                List.of("round 1/3 done", "goes on after round 1"),
                shown(List.of(STARTED, finished(1), new JobEvent.Resumed(1, 0, List.of()))));
    }

    @Test
    void whoComesLaterSeesWhatHasHappenedFirst() {
        assertEquals(
                List.of("small-1", "2 sites (a, b), 3 rounds", "round 1/3 done", "goes on after round 1"),
                shown(List.of(STARTED, finished(1), new JobEvent.Resumed(1, 0, List.of()), RUNNING)));
    }

    @Test
    void aJobThatHadNoRecordYetIsShownAsItBegins() {
        shown(List.of(STARTED));

        assertEquals(
                List.of("RUNNING again", "round 1/3 done"),
                shown(List.of(STARTED, RUNNING, new JobEvent.RoundStarted(1), finished(1))));
    }

    @Test
    void whatAJobWaitsForBeforeItBeginsIsTold() {
        JobEvent waits = new JobEvent.StateChanged(JobState.SUBMITTED, Optional.of("waits for site b to connect"));
        JobEvent waitsForNothing = new JobEvent.StateChanged(JobState.SUBMITTED, Optional.empty());

        assertEquals(
                List.of("SUBMITTED: waits for site b to connect"), shown(together(List.of(), waits, waitsForNothing)));
    }

    @Test
    void aSiteThatIsBackIsToldByTheState() {
        JobEvent waiting = new JobEvent.StateChanged(JobState.WAITING, Optional.of("site 'b' is away"));

        assertEquals(
                List.of("WAITING: site 'b' is away", "RUNNING again"), shown(together(List.of(), waiting, RUNNING)));
    }
}
