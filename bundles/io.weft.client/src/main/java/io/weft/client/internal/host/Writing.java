package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Summary;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a program writes down for trackers while it works (docs/client-protocol.md), on its way to them. */
final class Writing {

    /** More buckets than a picture has pixels are of no use. */
    private static final int MOST_BUCKETS = 4096;

    private Writing() {}

    /** Passes a message on; one that is no such thing, or is not whole, is skipped. */
    static void pass(Map<String, Object> message, JobContext job) {
        Optional<Summary> value =
                switch (String.valueOf(message.get("type"))) {
                    case "scalar" -> number(message.get("value")).map(Summary.Scalar::new);
                    case "text" ->
                        message.get("text") instanceof String text
                                ? Optional.of(new Summary.Text(text))
                                : Optional.empty();
                    case "histogram" -> histogram(message);
                    default -> Optional.empty();
                };
        if (value.isPresent() && message.get("tag") instanceof String tag && !tag.isEmpty()) {
            job.track(tag, message.get("step") instanceof Number step ? step.longValue() : 0, value.get());
        }
    }

    private static Optional<Summary> histogram(Map<String, Object> message) {
        List<Double> limits = numbers(message.get("limits"));
        List<Double> counts = numbers(message.get("counts"));
        Optional<Double> count = number(message.get("count"));
        if (count.isEmpty() || limits.size() != counts.size() || limits.size() > MOST_BUCKETS) {
            return Optional.empty();
        }
        return Optional.of(new Summary.Histogram(
                number(message.get("min")).orElse(0.0),
                number(message.get("max")).orElse(0.0),
                count.get(),
                number(message.get("sum")).orElse(0.0),
                number(message.get("squares")).orElse(0.0),
                limits,
                counts));
    }

    private static List<Double> numbers(Object given) {
        return given instanceof List<?> list
                ? list.stream().flatMap(one -> number(one).stream()).toList()
                : List.of();
    }

    /** A number, or the text of one that JSON does not know. */
    private static Optional<Double> number(Object given) {
        if (given instanceof Number number) {
            return Optional.of(number.doubleValue());
        }
        if (given instanceof String text) {
            return switch (text) {
                case "NaN" -> Optional.of(Double.NaN);
                case "Infinity" -> Optional.of(Double.POSITIVE_INFINITY);
                case "-Infinity" -> Optional.of(Double.NEGATIVE_INFINITY);
                default -> Optional.empty();
            };
        }
        return Optional.empty();
    }
}
