package io.weft.strategy.lora.internal;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.lm.tuning.LinearLayer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Numbers of single layers by pattern: as in PEFT, a pattern is for a whole name, or for the end of one after a dot. */
final class PatternNumbers {

    private final Map<String, Double> numbers = new LinkedHashMap<>();
    private final Map<String, Pattern> patterns = new LinkedHashMap<>();

    private PatternNumbers() {}

    /**
     * Reads {@code PATTERN=NUMBER} texts.
     *
     * @param key of the job file, for messages
     * @throws Refusal when one is not of that form, matches no layer, or contradicts another
     */
    static PatternNumbers of(String key, String[] texts, double least, boolean whole, List<LinearLayer> layers) {
        PatternNumbers read = new PatternNumbers();
        for (String text : texts) {
            int equals = text.lastIndexOf('=');
            String name = equals < 0 ? text : text.substring(0, equals).strip();
            if (equals < 0 || read.numbers.containsKey(name)) {
                throw Refusal.of(
                        key, "'" + text + "' is " + (equals < 0 ? "not of the form PATTERN=NUMBER" : "given twice"));
            }
            read.numbers.put(name, number(key, text, text.substring(equals + 1).strip(), least, whole));
            read.patterns.put(name, pattern(key, name));
        }
        read.check(key, layers);
        return read;
    }

    private static double number(String key, String text, String number, double least, boolean whole) {
        try {
            double value = Double.parseDouble(number);
            if (Double.isFinite(value) && value >= least && value <= 4096 && (!whole || value == Math.rint(value))) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw Refusal.of(key, "'" + text + "' does not end in a number");
        }
        throw Refusal.of(
                key,
                "'" + text + "' is out of range; allowed: a" + (whole ? " whole" : "") + " number from " + (int) least
                        + " to 4096");
    }

    private static Pattern pattern(String key, String name) {
        try {
            return Pattern.compile("(.*\\.)?(" + name + ")");
        } catch (PatternSyntaxException e) {
            throw Refusal.of(key, "'" + name + "' is not a regular expression: " + e.getDescription());
        }
    }

    /** PEFT sorts patterns when it saves them again, so the order must not matter. */
    private void check(String key, List<LinearLayer> layers) {
        patterns.forEach((name, pattern) -> {
            if (layers.stream().noneMatch(layer -> pattern.matcher(layer.name()).matches())) {
                throw Refusal.of(
                        key,
                        "'" + name + "' matches none of the layers with an adapter; these are "
                                + String.join(", ", Targets.kinds(layers))
                                + Nearest.hint(name, Targets.kinds(layers)));
            }
        });
        for (LinearLayer layer : layers) {
            List<String> matching = matching(layer.name());
            if (matching.stream().map(numbers::get).distinct().count() > 1) {
                throw Refusal.of(
                        key,
                        layer.name() + " is matched by '" + matching.get(0) + "' and by '" + matching.get(1)
                                + "', which give it different numbers; make one of them narrower");
            }
        }
    }

    private List<String> matching(String layer) {
        List<String> matching = new ArrayList<>();
        patterns.forEach((name, pattern) -> {
            if (pattern.matcher(layer).matches()) {
                matching.add(name);
            }
        });
        return matching;
    }

    Optional<Double> of(LinearLayer layer) {
        return matching(layer.name()).stream().findFirst().map(numbers::get);
    }

    /** Pattern and number, in the order in which they were given. */
    Map<String, Double> numbers() {
        return numbers;
    }
}
