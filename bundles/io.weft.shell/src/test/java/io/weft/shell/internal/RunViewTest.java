package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunViewTest {

    @Test
    void printsLinesIntoFiles() {
        var recording = new Recording();

        show(new PlainView(recording.screen().out()), JobState.FINISHED, Optional.empty());

        assertEquals("""
                small-1
                2 sites (a, b), 2 rounds, in /runs/small-1
                round 1/2  a  train 1/4  loss 3.5000  1,234 tokens/s  6 %  up 0 B  down 0 B
                round 1/2  b  train 4/4  loss 3.0000  1,234 tokens/s  37 %  up 0 B  down 0 B  3s left
                note: b: 2 records were cut
                validation loss of the initial model: 3.5000
                round 1/2 done  train loss 2.7500  up 1.2 kB  down 2.4 kB  3.5 s
                round 2/2  b  train 1/4  loss 2.5000  1,234 tokens/s  56 %  up 1.2 kB  down 0 B  6s left
                round 2/2 done  train loss 1.7500  up 1.2 kB  down 2.4 kB  3.5 s
                validation loss of the model of round 2: 1.0000

                round  site  train loss  validation loss      up    down  seconds
                    0  a              –           4.0000
                       b              –           3.0000
                       all            –           3.5000
                    1  a         3.0000                –
                       b         2.0000                –
                       all       2.7500                –  1.2 kB  2.4 kB      3.5
                    2  a         2.0000           1.5000
                       b         1.0000           0.5000
                       all       1.7500           1.0000  1.2 kB  2.4 kB      3.5
                (validation: the model that the round left, in training precision; all: weighted over the sites)

                FINISHED
                """, recording.out());
    }

    @Test
    void tellsTheValidationOfTheResultFromThatOfItsRound() {
        var recording = new Recording();
        List<JobEvent> events = new ArrayList<>(Runs.events());
        events.add(Runs.validatedResult(2, 1.25));

        show(new PlainView(recording.screen().out()), events, JobState.FINISHED, Optional.empty());

        assertTrue(recording.out().contains("""
                        validation loss of the model of round 2: 1.0000
                        validation loss of the result: 1.2500
                        """), recording.out());
    }

    @Test
    void saysWhichRoundsModelTheResultIs() {
        assertEquals("the result is the model of round 2, the best by validation_loss: 1.0000", chosen(2, 1.0));
    }

    @Test
    void saysWhenNoRoundDidBetterThanTheInitialModel() {
        assertEquals(
                "the result is the model of round 1, the best by validation_loss: 3.6000; no round did better than the initial"
                        + " model, 3.5000: lower train.lr, or look at the records",
                chosen(1, 3.6));
    }

    /** The line before the last of a run that began at 3.5. */
    private static String chosen(int round, double loss) {
        var standing = new Standing();
        Runs.events().forEach(event -> standing.happened(event, 0));
        List<String> lines =
                ClosingReport.of(Runs.resultOf(round, loss), standing).lines();
        return lines.get(lines.size() - 2);
    }

    @Test
    void saysWhichSitesDidNotCountAndWhy() {
        var recording = new Recording();

        show(
                new PlainView(recording.screen().out()),
                Runs.eventsWithoutSome(),
                JobState.FINISHED,
                Optional.of("no better for 1 round"));

        assertEquals("""
                small-1
                3 sites (a, b, c), 4 rounds, in /runs/small-1
                d takes no part: there is no dataset 'words' here
                c | epoch 1
                c | no space left
                c failed in round 1: the disk is full
                round 1/4 done  2 of 3 sites  train loss 2.7500  up 1.2 kB  down 2.4 kB  3.5 s
                b is late in round 2: nothing within the deadline of 10s; it was at train 3/9
                c failed in round 2: the disk is full
                round 2/4 done  1 of 3 sites  train loss 2.0000  up 1.2 kB  down 2.4 kB  3.5 s

                round  site  train loss  validation loss      up    down  seconds
                    1  a         3.0000                –
                       b         2.0000                –
                       c         failed                –
                       all       2.7500                –  1.2 kB  2.4 kB      3.5
                    2  a         2.0000                –
                       b           late                –
                       c         failed                –
                       all       2.0000                –  1.2 kB  2.4 kB      3.5
                (validation: the model that the round left, in training precision; all: weighted over the sites that answered)

                d took no part: there is no dataset 'words' here
                c failed in rounds 1 and 2: the disk is full; make room in /data
                b was late in round 2: nothing within the deadline of 10s; it was at train 3/9

                FINISHED after round 2 of 4: no better for 1 round
                """, recording.out());
    }

    @Test
    void aRunThatMeasuredNoLossHasATableWithoutThem() {
        var recording = new Recording();

        show(new PlainView(recording.screen().out()), Runs.eventsWithoutLosses(), JobState.FINISHED, Optional.empty());

        assertTrue(recording.out().endsWith("""

                round  sites      up    down  seconds
                    1      2  1.2 kB  2.4 kB      3.5
                    2      1  1.2 kB  2.4 kB      3.5

                FINISHED
                """), recording.out());
    }

    @Test
    void printsFailuresAndLateSitesAsObjects() {
        var recording = new Recording();

        show(new JsonView(recording.screen().out()), Runs.eventsWithoutSome(), JobState.FINISHED, Optional.empty());

        List<String> lines = recording.out().lines().toList();
        assertTrue(
                lines.contains(
                        "{\"event\":\"site-failed\",\"round\":1,\"site\":\"c\",\"reason\":\"the disk is full; make room in /data\"}"),
                recording.out());
        assertTrue(
                lines.contains(
                        "{\"event\":\"late\",\"round\":2,\"site\":\"b\",\"reason\":\"nothing within the deadline of"
                                + " 10s; it was at train 3/9\"}"),
                recording.out());
    }

    @Test
    void leavesTheReasonThatEndedTheJobToTheError() {
        var recording = new Recording();

        show(
                new PlainView(recording.screen().out()),
                Runs.eventsWithoutSome(),
                JobState.FAILED,
                Optional.of("site 'c': the disk is full; make room in /data"));

        assertFalse(recording.out().contains("make room"), recording.out());
        assertTrue(recording.out().contains("b was late in round 2"), recording.out());
    }

    @Test
    void printsWhatProgramsWriteAsObjects() {
        var recording = new Recording();

        show(new JsonView(recording.screen().out()), Runs.eventsWithoutSome(), JobState.FINISHED, Optional.empty());

        assertTrue(
                recording.out().contains("{\"event\":\"output\",\"site\":\"c\",\"line\":\"epoch 1\"}\n"),
                recording.out());
    }

    @Test
    void redrawsTheProgressInPlace() {
        var recording = Recording.terminal("60", "1");

        show(new LiveView(recording.screen()), JobState.FINISHED, Optional.empty());

        String out = recording.out();
        assertTrue(out.contains("""
                round 1/2  ━━───────────────────────  6 %  up 0 B  down 0 B
                  a  train 1/4  loss 3.5000  1,234 tokens/s
                \u001b[2A\r\u001b[Jround 1/2  ━━─────────────  12 %  up 0 B  down 0 B  7s left
                  a  train 2/4  loss 3.2500  1,234 tokens/s
                """), out);
        assertTrue(out.indexOf("small-1\n") == 0);
        assertFalse(out.contains("\u001b[1m"), "colour in spite of NO_COLOR");
    }

    @Test
    void usesColourOnATerminal() {
        var recording = Recording.terminal("", "");

        show(new LiveView(recording.screen()), JobState.FINISHED, Optional.empty());

        assertTrue(recording.out().contains("\u001b[1mround 1/2"));
    }

    @Test
    void leavesNothingHalfDrawnBehind() {
        var recording = Recording.terminal("80", "1");
        var view = new LiveView(recording.screen());
        var standing = new Standing();
        double now = 0;
        for (JobEvent event : Runs.events().subList(0, 6)) {
            standing.happened(event, now);
            view.happened(event, standing, now++);
        }

        view.stopped();

        assertTrue(recording.out().endsWith("\u001b[3A\r\u001b[J"), recording.out());
    }

    @Test
    void printsOneObjectALine() throws IOException {
        var recording = new Recording();

        show(new JsonView(recording.screen().out()), JobState.FAILED, Optional.of("a went away"));

        List<String> lines = recording.out().lines().toList();
        var json = new ObjectMapper();
        for (String line : lines) {
            assertTrue(json.readTree(line).isObject(), line);
        }
        assertEquals("small-1", json.readTree(lines.get(0)).get("job").asText());
        assertEquals(
                "{\"event\":\"progress\",\"round\":1,\"site\":\"a\",\"activity\":\"train\",\"done\":1,\"total\":4,\"loss\":3.5,"
                        + "\"tokensPerSecond\":1234.4}",
                lines.get(3));
        assertEquals(
                "{\"job\":\"small-1\",\"event\":\"ended\",\"state\":\"FAILED\",\"reason\":\"a went away\",\"folder\":\"/runs/small-1\"}",
                lines.get(lines.size() - 1));
    }

    @Test
    void saysThatARunDidNotFinish() {
        var recording = new Recording();

        show(new PlainView(recording.screen().out()), JobState.STOPPED, Optional.of("somebody stopped it"));

        assertTrue(recording.out().endsWith("\nSTOPPED\n"));
    }

    /** Events come a second apart. */
    private static void show(RunView view, JobState state, Optional<String> reason) {
        show(view, Runs.events(), state, reason);
    }

    private static void show(RunView view, List<JobEvent> events, JobState state, Optional<String> reason) {
        var standing = new Standing();
        double now = 0;
        for (JobEvent event : events) {
            standing.happened(event, now);
            view.happened(event, standing, now);
            now++;
        }
        view.stopped();
        view.ended(Runs.result(state, reason), standing);
    }
}
