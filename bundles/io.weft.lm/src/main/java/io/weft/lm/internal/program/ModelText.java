package io.weft.lm.internal.program;

import io.weft.lm.internal.model.Architecture;
import io.weft.lm.tuning.Script;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The text of a whole model's program. Its methods, with {@code ids} and {@code labels} of packed sequences and the
 * {@code lengths} of these:
 *
 * <ul>
 *   <li>{@code step(ids, labels, lengths, scale, fresh, w, p, g, masks)} adds the gradients of {@code scale · Σ loss} to {@code g}
 *       (replaces them when {@code fresh}) and returns Σ loss;
 *   <li>{@code measure(ids, labels, lengths, w, p)} returns Σ loss and the number of labels that were the likeliest token;
 *   <li>{@code logits(ids, lengths, first, last, w, p)} returns the logits of some rows;
 *   <li>{@code adamw(…)} and {@code sgd(…)} apply gradients.
 * </ul>
 *
 * <p>{@code w} are frozen weights, {@code p} trained tensors, {@code g} their gradients.
 */
public final class ModelText {

    private static final int HEAD_CHUNK = 128;
    private static final int QUERY_BLOCK = 128;
    private static final int KEEP_PROBABILITIES = 512;

    /** The scores of four sequences of 256 tokens, or of 64 of 64. */
    private static final int TOGETHER = 4 * 256 * 256;

    private static final int SHORT = 64;

    /** 8 MB of fp32, of a processor's cache. */
    private static final int SOFTMAX = 1 << 21;

    private final StringBuilder text = new StringBuilder();
    private final Map<String, String> methods = new HashMap<>();

    private ModelText() {}

    /** The program of a model of which {@code adaptation} is trained and the rest is frozen. */
    public static String of(Architecture architecture, Precision precision, Adaptation adaptation) {
        ModelText program = new ModelText();
        boolean head = adaptation.weight(Architecture.HEAD).isPresent();
        program.parts(architecture, precision, head ? "plain_linear" : "linear");
        new DecoderText(architecture, precision, adaptation, program).append();
        return program.text.toString();
    }

    /** The program that moves tensors in and out. */
    public static String loading() {
        return Parts.text("load", Map.of());
    }

    void line(String line) {
        text.append(line).append('\n');
    }

    /** A method with this body, made once for equal bodies: the {@code *} of the header stands for its name. */
    String method(String prefix, String header, String body) {
        String definition = header + body;
        String known = methods.get(definition);
        if (known != null) {
            return known;
        }
        String name = prefix + "_" + methods.size();
        methods.put(definition, name);
        text.append(header.replace("*", name)).append('\n').append(body);
        return name;
    }

    /** An overlay's methods under names of their own, made once for equal texts; returns the prefix of the names. */
    String overlay(Script script) {
        String source = OverlayText.of(script);
        String known = methods.get(source);
        if (known != null) {
            return known;
        }
        String prefix = script.name().replaceAll("\\W", "_") + "_" + methods.size() + "_";
        methods.put(source, prefix);
        text.append(source.replaceAll("(?m)^def (\\w+)\\(", "def " + prefix + "$1(")
                        .replaceAll("self\\.(\\w+)\\(", "self." + prefix + "$1("))
                .append('\n');
        return prefix;
    }

    private void parts(Architecture architecture, Precision precision, String project) {
        Map<String, Object> values = Map.ofEntries(
                Map.entry("compute", precision.code()),
                Map.entry("epsilon", architecture.epsilon()),
                Map.entry("head", architecture.head()),
                Map.entry("half", architecture.head() / 2),
                Map.entry("queries", architecture.heads()),
                Map.entry("keys", architecture.keys()),
                Map.entry("group", architecture.heads() / architecture.keys()),
                Map.entry("scale", 1 / Math.sqrt(architecture.head())),
                Map.entry("block", QUERY_BLOCK),
                Map.entry("keep", KEEP_PROBABILITIES),
                Map.entry("together", TOGETHER),
                Map.entry("short", SHORT),
                Map.entry("chunk", HEAD_CHUNK),
                Map.entry("softmax", Math.max(1, SOFTMAX / architecture.vocabulary())),
                Map.entry("project", project));
        for (String part : List.of("common", "linear", "norm", "rotary", "attention", "gated", "head", "optimizer")) {
            text.append(Parts.text(part, values));
        }
    }
}
