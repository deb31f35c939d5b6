package io.weft.lm.internal.text;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Which records each step of an epoch takes. */
public final class Batches {

    private Batches() {}

    /**
     * Shuffles the examples and deals them to steps; the last step of the epoch may have fewer.
     *
     * @param perStep how many a step takes: the batch times the accumulation
     * @param shuffle the only source of chance; the same state gives the same steps on any Java version
     */
    public static List<List<Example>> steps(List<Example> examples, int perStep, RandomGenerator shuffle) {
        if (perStep < 1) {
            throw new IllegalArgumentException("a step takes " + perStep + " records");
        }
        List<Example> order = new ArrayList<>(examples);
        for (int last = order.size() - 1; last > 0; last--) {
            int other = below(last + 1, shuffle);
            Example moved = order.get(last);
            order.set(last, order.get(other));
            order.set(other, moved);
        }
        List<List<Example>> steps = new ArrayList<>();
        for (int first = 0; first < order.size(); first += perStep) {
            steps.add(List.copyOf(order.subList(first, Math.min(first + perStep, order.size()))));
        }
        return steps;
    }

    /** Not {@code nextInt(bound)}: how that one draws is left to the Java version. */
    private static int below(int bound, RandomGenerator random) {
        long bits = random.nextLong() >>> 33;
        return (int) ((bits * bound) >>> 31);
    }
}
