package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.aggregation.Aggregation;
import io.weft.api.aggregation.Aggregator;
import io.weft.api.aggregation.Round;
import io.weft.api.plugin.JobContext;
import io.weft.api.tensor.DType;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An aggregator that writes nothing for long is named while the job waits for it. */
@Timeout(300)
class IdleAggregatorTest {

    private final HandDrivenAlarm alarm = new HandDrivenAlarm(Duration.ofMinutes(1));

    @TempDir
    Path root;

    @AfterEach
    void closeAlarm() {
        alarm.close();
    }

    @Test
    void oneThatHasWrittenNothingIsNamedOnceARoundWithWhereItIs() throws Exception {
        List<String> notes = notes(2, round -> {
            elsewhere(alarm::ring);
            elsewhere(alarm::ring);
            fold(round);
        });

        assertEquals(2, notes.size(), notes::toString);
        for (int round = 1; round <= 2; round++) {
            String note = notes.get(round - 1);
            assertTrue(
                    note.matches("aggregator 'fedavg' has written nothing of round " + round
                            + " for 60 s, and the job waits for it: thread job-[^ ]+ is in "
                            + Pattern.quote(IdleAggregatorTest.class.getName()) + "\\.elsewhere\\b.*"),
                    note);
        }
    }

    @Test
    void oneThatIsSlowButWritesIsLeftInPeace() throws Exception {
        assertEquals(List.of(), notes(1, round -> {
            fold(round);
            alarm.ring();
            fold(round);
            alarm.ring();
        }));
    }

    @Test
    void oneThatStopsWritingIsNamed() throws Exception {
        assertEquals(
                1,
                notes(1, round -> {
                            fold(round);
                            alarm.ring();
                            alarm.ring();
                        })
                        .size());
    }

    @Test
    void nobodyIsWatchedWhenTheRoundIsOver() throws Exception {
        assertEquals(List.of(), notes(1, round -> fold(round)));

        alarm.ring();
    }

    private static void elsewhere(Runnable what) {
        CompletableFuture.runAsync(what).join();
    }

    private static void fold(Round round) throws IOException {
        round.elements((global, sites, weights, out, count) -> System.arraycopy(global, 0, out, 0, count));
    }

    private List<String> notes(int rounds, Aggregation aggregation) throws Exception {
        Federation federation = new Federation(root, FakeTrainer.ofTwoTensors(DType.F32))
                .site("north", 1, 1, 2, 3)
                .workflow("rounds: " + rounds)
                .alarm(alarm);
        federation.plugins().install(Aggregator.class, "fedavg", new Only(aggregation), "1.0.0");

        assertEquals(JobState.FINISHED, federation.run("run").summary().state());

        synchronized (federation.events()) {
            return federation.events().stream()
                    .filter(JobEvent.Noted.class::isInstance)
                    .map(event -> ((JobEvent.Noted) event).message())
                    .toList();
        }
    }

    private record Only(Aggregation aggregation) implements Aggregator {

        @Override
        public Aggregation open(JobContext job) {
            return aggregation;
        }
    }
}
