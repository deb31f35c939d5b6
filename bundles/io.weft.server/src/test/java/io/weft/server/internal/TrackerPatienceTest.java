package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TrackerPatienceTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final TrackerPatience patience = new TrackerPatience(
            Duration.ofSeconds(15), Duration.ofSeconds(120), Duration.ofSeconds(3), Duration.ofSeconds(3));

    @Test
    void aTrackerThatGoesOnTakingValuesIsWaitedFor() {
        for (long second = 0; second < 120; second += 14) {
            assertTrue(patience.left(second * SECOND, 0, (second + 14) * SECOND) > 0 || second + 14 >= 120);
        }
        assertEquals(15 * SECOND, patience.left(50 * SECOND, 0, 50 * SECOND));
    }

    @Test
    void oneThatIsBusyWhenTheEndBeginsGetsItsTimeFromThenOn() {
        assertEquals(15 * SECOND, patience.left(100 * SECOND, 115 * SECOND, 115 * SECOND));
        assertEquals(0, patience.left(100 * SECOND, 115 * SECOND, 130 * SECOND));
    }

    @Test
    void oneThatHasHungForLongIsGivenUpAtOnce() {
        assertTrue(patience.left(0, 1000 * SECOND, 1000 * SECOND) < 0);
    }

    @Test
    void noneIsWaitedForForEver() {
        assertEquals(5 * SECOND, patience.left(114 * SECOND, 0, 115 * SECOND));
        assertEquals(0, patience.left(119 * SECOND, 0, 120 * SECOND));
    }

    @Test
    void oneOfAJobThatWasStoppedGetsLess() {
        assertEquals(2 * SECOND, patience.leftInHurry(10 * SECOND, 11 * SECOND));
    }
}
