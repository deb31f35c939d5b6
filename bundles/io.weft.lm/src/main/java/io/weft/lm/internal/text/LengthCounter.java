package io.weft.lm.internal.text;

import io.weft.lm.DatasetDescription.Lengths;
import java.util.stream.IntStream;

/** Gathers lengths, four bytes each. */
final class LengthCounter {

    private final IntStream.Builder lengths = IntStream.builder();

    void add(int length) {
        lengths.add(length);
    }

    /** What they are together; at least one was added. */
    Lengths lengths() {
        int[] sorted = lengths.build().sorted().toArray();
        return new Lengths(
                sorted[0],
                sorted[rank(sorted.length, 0.5)],
                sorted[rank(sorted.length, 0.9)],
                sorted[sorted.length - 1],
                IntStream.of(sorted).asLongStream().sum());
    }

    /** The smallest index up to which that share of the values lies. */
    private static int rank(int count, double share) {
        return (int) Math.ceil(share * count) - 1;
    }
}
