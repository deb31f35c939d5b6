package io.weft.strategy.sft.internal;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorSpec;
import io.weft.lm.tuning.ModelPlan;
import io.weft.lm.tuning.Overlay;
import io.weft.lm.tuning.Tuning;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Weights of the base that are trained; the others are in the manifest as frozen, since the result is the whole checkpoint. */
record SftTuning(Manifest manifest, Map<String, TensorSpec> weights) implements Tuning {

    private static final String KEY = "strategy.train";
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String HEAD = "lm_head.weight";

    /**
     * The weights that the patterns mean.
     *
     * @throws Refusal when a pattern is none, or means no weight; lists the names there are
     */
    static SftTuning of(ModelPlan base, List<String> patterns) {
        List<Pattern> compiled = patterns.stream().map(SftTuning::compiled).toList();
        if (compiled.isEmpty()) {
            throw Refusal.of(
                    KEY, "nothing is given, so nothing would be trained; there are " + String.join(", ", names(base)));
        }
        for (int i = 0; i < compiled.size(); i++) {
            Pattern pattern = compiled.get(i);
            if (base.weights().stream().noneMatch(weight -> means(pattern, weight))) {
                throw Refusal.of(
                        KEY,
                        "'" + patterns.get(i) + "' means no weight" + tied(base, pattern) + "; there are "
                                + String.join(", ", names(base)) + " (N from 0 to " + (base.layers() - 1) + ")"
                                + Nearest.hint(patterns.get(i), parts(base)));
            }
        }
        List<TensorSpec> tensors = new ArrayList<>();
        Map<String, TensorSpec> trained = new HashMap<>();
        for (TensorSpec weight : base.weights()) {
            if (compiled.stream().anyMatch(pattern -> means(pattern, weight))) {
                trained.put(weight.name(), weight);
                tensors.add(weight);
            } else {
                tensors.add(new TensorSpec(
                        TensorSpec.FROZEN, weight.name(), weight.type(), weight.shape(), Collections.emptySortedMap()));
            }
        }
        if (!has(base, HEAD) && trained.containsKey(EMBEDDING)) {
            trained.put(HEAD, trained.get(EMBEDDING));
        }
        return new SftTuning(
                new Manifest("model.safetensors", tensors, base.companions(), base.digest()), Map.copyOf(trained));
    }

    private static Pattern compiled(String pattern) {
        try {
            return Pattern.compile("(.*\\.)?(" + pattern + ")(\\..*)?");
        } catch (PatternSyntaxException e) {
            throw Refusal.of(KEY, "'" + pattern + "' is not a regular expression: " + e.getDescription());
        }
    }

    private static boolean means(Pattern pattern, TensorSpec weight) {
        return pattern.matcher(weight.name()).matches();
    }

    private static String tied(ModelPlan base, Pattern pattern) {
        return !has(base, HEAD) && pattern.matcher(HEAD).matches()
                ? " of its own, because the model ties it to " + EMBEDDING
                : "";
    }

    private static boolean has(ModelPlan base, String name) {
        return base.weights().stream().anyMatch(weight -> weight.name().equals(name));
    }

    /** The names of all weights, each once for all layers. */
    private static SortedSet<String> names(ModelPlan base) {
        SortedSet<String> names = new TreeSet<>();
        base.weights().forEach(weight -> names.add(weight.name().replaceAll("\\.\\d+\\.", ".N.")));
        return names;
    }

    /** What people give: whole names, and the modules in them. */
    private static SortedSet<String> parts(ModelPlan base) {
        SortedSet<String> parts = new TreeSet<>();
        for (TensorSpec weight : base.weights()) {
            parts.add(weight.name());
            parts.addAll(List.of(weight.name().split("\\.", -1)));
        }
        return parts;
    }

    @Override
    public List<Overlay> overlays() {
        return List.of();
    }

    @Override
    public void initial(TensorSpec tensor, float[] into) {
        throw new IllegalStateException(tensor.name() + " is a weight of the base, which has its first value");
    }
}
