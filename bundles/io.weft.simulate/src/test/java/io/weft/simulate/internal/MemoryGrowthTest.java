package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class MemoryGrowthTest {

    @Test
    void eachDoublingOfTheStepsAddsAsMuchAsTheOneBefore() {
        MemoryGrowth growth = measured(500, 700, 800, 900);
        assertEquals(OptionalLong.of(1600), growth.after(32, OptionalLong.of(1000)));
    }

    @Test
    void whatTheFirstStepsTakeIsNoGrowth() {
        assertEquals(OptionalLong.of(1000), measured(100, 1000, 1000, 1000).after(1000, OptionalLong.of(1000)));
    }

    @Test
    void fewerStepsThanWereMeasuredTakeWhatWasMeasured() {
        assertEquals(OptionalLong.of(1000), measured(500, 700, 800, 900).after(1, OptionalLong.of(1000)));
    }

    @Test
    void withoutStepsOrWithoutAPlatformThatTellsThereIsNothingToAdd() {
        assertEquals(OptionalLong.of(1000), measured().after(100, OptionalLong.of(1000)));
        assertEquals(OptionalLong.of(1000), measured(700, 900).after(100, OptionalLong.of(1000)));
        assertEquals(OptionalLong.empty(), measured(500, 700, 800, 900).after(100, OptionalLong.empty()));
    }

    /** Two steps until it has settled. */
    private static MemoryGrowth measured(long... peaks) {
        MemoryGrowth growth = new MemoryGrowth(2);
        for (int i = 0; i < peaks.length; i++) {
            growth.stepped(i + 1L, peaks[i]);
        }
        return growth;
    }
}
