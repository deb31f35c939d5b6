package io.weft.plugins;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class CounterRandomTest {

    private static long[] first(RandomGenerator random) {
        return random.longs(8).toArray();
    }

    @Test
    void dependsOnSeedAndPartsAlone() {
        assertArrayEquals(first(CounterRandom.of(7, "a", "1")), first(CounterRandom.of(7, "a", "1")));
        assertNotEquals(
                CounterRandom.of(7, "a", "1").nextLong(),
                CounterRandom.of(8, "a", "1").nextLong());
        assertNotEquals(
                CounterRandom.of(7, "a", "1").nextLong(),
                CounterRandom.of(7, "b", "1").nextLong());
    }

    @Test
    void tellsPartsApartThatReadTheSameTogether() {
        assertNotEquals(
                CounterRandom.of(7, "ab", "c").nextLong(),
                CounterRandom.of(7, "a", "bc").nextLong());
        assertNotEquals(
                CounterRandom.of(7, "a").nextLong(),
                CounterRandom.of(7, "a", "").nextLong());
    }

    @Test
    void drawsEveryBitHalfOfTheTime() {
        RandomGenerator random = CounterRandom.of(1, "bits");
        int draws = 100_000;
        int[] ones = new int[Long.SIZE];
        for (int i = 0; i < draws; i++) {
            long value = random.nextLong();
            for (int bit = 0; bit < Long.SIZE; bit++) {
                ones[bit] += (int) (value >>> bit & 1);
            }
        }
        for (int count : ones) {
            assertEquals(0.5, (double) count / draws, 0.01);
        }
    }

    @Test
    void drawsNormalNumbersThatAreNormal() {
        RandomGenerator random = CounterRandom.of(1, "normal");
        double sum = 0;
        double squares = 0;
        int draws = 100_000;
        for (int i = 0; i < draws; i++) {
            double value = random.nextGaussian();
            sum += value;
            squares += value * value;
        }
        assertEquals(0, sum / draws, 0.02);
        assertEquals(1, squares / draws, 0.03);
    }
}
