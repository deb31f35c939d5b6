package io.weft.lm.internal.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchesTest {

    private static final List<Example> EXAMPLES = IntStream.range(0, 10)
            .mapToObj(id -> new Example(new int[] {id}, new int[] {id + 1}))
            .toList();

    @Test
    void takesEveryRecordOncePerEpoch() {
        List<List<Example>> steps = Batches.steps(EXAMPLES, 4, new SplittableRandom(1));
        assertEquals(List.of(4, 4, 2), steps.stream().map(List::size).toList());
        assertEquals(
                new HashSet<>(EXAMPLES),
                new HashSet<>(steps.stream().flatMap(Collection::stream).toList()));
    }

    @Test
    void shufflesTheSameWayFromTheSameState() {
        assertEquals(
                Batches.steps(EXAMPLES, 4, new SplittableRandom(1)),
                Batches.steps(EXAMPLES, 4, new SplittableRandom(1)));
        assertNotEquals(
                Batches.steps(EXAMPLES, 4, new SplittableRandom(1)),
                Batches.steps(EXAMPLES, 4, new SplittableRandom(2)));
    }

    @Test
    void drawsEveryPlaceAboutEquallyOften() {
        SplittableRandom random = new SplittableRandom(3);
        int[] firsts = new int[EXAMPLES.size()];
        for (int epoch = 0; epoch < 10_000; epoch++) {
            firsts[Batches.steps(EXAMPLES, 1, random).get(0).get(0).ids()[0]]++;
        }
        IntStream.of(firsts).forEach(count -> assertEquals(1000, count, 120));
    }
}
