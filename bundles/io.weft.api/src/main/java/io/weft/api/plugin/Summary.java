package io.weft.api.plugin;

import java.util.List;

/** What a training writes down for trackers while it runs: a number, a text, or how many numbers are spread. */
public sealed interface Summary {

    /**
     * A number.
     *
     * @param value any {@code double}, also one that is not a number
     */
    record Scalar(double value) implements Summary {}

    /** A text; trackers may show it as Markdown. */
    record Text(String text) implements Summary {}

    /**
     * How numbers are spread.
     *
     * @param min the smallest of them
     * @param max the largest
     * @param count how many there are
     * @param sum of them all
     * @param sumOfSquares of them all
     * @param limits the upper end of each bucket, rising; a bucket begins where the one before it ends
     * @param counts how many numbers each bucket holds; as many as there are limits
     */
    record Histogram(
            double min,
            double max,
            double count,
            double sum,
            double sumOfSquares,
            List<Double> limits,
            List<Double> counts)
            implements Summary {

        public Histogram {
            limits = List.copyOf(limits);
            counts = List.copyOf(counts);
            if (limits.size() != counts.size()) {
                throw new IllegalArgumentException(
                        "a histogram of " + limits.size() + " limits has " + counts.size() + " counts");
            }
        }
    }
}
