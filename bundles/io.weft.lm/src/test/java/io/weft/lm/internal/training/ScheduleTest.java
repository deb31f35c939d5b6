package io.weft.lm.internal.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.lm.internal.training.Schedule.Shape;
import org.junit.jupiter.api.Test;

class ScheduleTest {

    @Test
    void risesInEqualPartsOverTheWarmup() {
        Schedule schedule = Schedule.of(Shape.CONSTANT, 0.4, 0.03, 100);

        assertEquals(3, schedule.warmup());
        assertEquals(0.4 / 3, schedule.rate(0), 1e-12);
        assertEquals(0.4, schedule.rate(2), 1e-12);
        assertEquals(0.4, schedule.rate(99), 1e-12);
    }

    @Test
    void fallsToZeroOverTheRest() {
        Schedule linear = Schedule.of(Shape.LINEAR, 1, 0.2, 10);
        Schedule cosine = Schedule.of(Shape.COSINE, 1, 0.2, 10);

        assertEquals(1, linear.rate(2), 1e-12);
        assertEquals(0.5, linear.rate(6), 1e-12);
        assertEquals(0, linear.rate(10), 1e-12);
        assertEquals(1, cosine.rate(2), 1e-12);
        assertEquals(0.5, cosine.rate(6), 1e-12);
        assertEquals(0, cosine.rate(10), 1e-12);
    }

    @Test
    void withoutWarmupTheFirstStepHasThePeak() {
        assertEquals(2, Schedule.of(Shape.COSINE, 2, 0, 5).rate(0), 1e-12);
    }
}
