package io.weft.client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Takes what TensorBoard's writer of the same name takes, of numbers, texts and histograms; it arrives at the server at once. */
public final class SummaryWriter implements AutoCloseable {

    private static final int BUCKETS = 64;

    /** A number at a step. */
    public void addScalar(String tag, double value, long step) {
        Weft.log(tag, value, step);
    }

    /** Several numbers at a step, as {@code tag/name}. */
    public void addScalars(String tag, Map<String, Double> values, long step) {
        values.forEach((name, value) -> Weft.log(tag + "/" + name, value, step));
    }

    /** A text at a step, which TensorBoard shows as Markdown. */
    public void addText(String tag, String text, long step) {
        Weft.write("text", tag, OptionalLong.of(step), Map.of("text", text));
    }

    /** How the finite ones of some numbers are spread, at a step: in 64 buckets of equal width. */
    public void addHistogram(String tag, double[] values, long step) {
        Weft.write("histogram", tag, OptionalLong.of(step), histogram(values));
    }

    /** The same of a tensor, such as a layer's weights. */
    public void addHistogram(String tag, Tensor values, long step) {
        addHistogram(tag, values.doubles(), step);
    }

    static Map<String, Object> histogram(double[] values) {
        double[] finite = Arrays.stream(values).filter(Double::isFinite).toArray();
        double min = Arrays.stream(finite).min().orElse(0);
        double max = Arrays.stream(finite).max().orElse(0);
        // All numbers alike still need a bucket that is wider than nothing.
        double first = min == max ? min - 0.5 : min;
        double width = (min == max ? 1 : max - min) / BUCKETS;
        long[] counts = new long[BUCKETS];
        for (double value : finite) {
            counts[(int) Math.min(BUCKETS - 1, (value - first) / width)]++;
        }
        List<Double> limits = new ArrayList<>();
        for (int i = 1; i <= BUCKETS; i++) {
            limits.add(first + width * i);
        }
        Map<String, Object> histogram = new LinkedHashMap<>();
        histogram.put("count", finite.length);
        histogram.put("min", min);
        histogram.put("max", max);
        histogram.put("sum", Arrays.stream(finite).sum());
        histogram.put(
                "squares", Arrays.stream(finite).map(value -> value * value).sum());
        histogram.put("limits", limits);
        histogram.put("counts", Arrays.stream(counts).boxed().toList());
        return histogram;
    }

    /** Nothing is held back, so there is nothing to do. */
    public void flush() {}

    @Override
    public void close() {}
}
