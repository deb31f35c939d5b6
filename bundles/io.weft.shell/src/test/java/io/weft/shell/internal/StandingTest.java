package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.server.JobEvent;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class StandingTest {

    private final Standing standing = new Standing();

    @Test
    void countsEverySitesShareOfEveryRound() {
        standing.happened(new JobEvent.Started("id", Runs.FOLDER, 4, List.of("a", "b")), 0);
        standing.happened(new JobEvent.RoundStarted(1), 0);
        standing.happened(Runs.step(1, "a", 5, 10, 1), 10);

        assertEquals(0.25 / 4, standing.share());
    }

    @Test
    void reckonsTheTimeLeftFromThePaceSoFar() {
        standing.happened(new JobEvent.Started("id", Runs.FOLDER, 2, List.of("a")), 0);
        standing.happened(new JobEvent.RoundStarted(1), 0);
        standing.happened(Runs.step(1, "a", 0, 10, 1), 100);
        standing.happened(Runs.step(1, "a", 5, 10, 1), 110);

        assertEquals(OptionalDouble.of(30), standing.secondsLeft(110));
    }

    @Test
    void knowsNoTimeLeftBeforeAnythingIsDone() {
        standing.happened(new JobEvent.Started("id", Runs.FOLDER, 2, List.of("a")), 0);
        standing.happened(new JobEvent.RoundStarted(1), 0);

        assertEquals(OptionalDouble.empty(), standing.secondsLeft(50));
    }
}
