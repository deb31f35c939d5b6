package io.weft.strategy.lora.internal;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorSpec;
import io.weft.lm.tuning.LinearLayer;
import io.weft.lm.tuning.ModelPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The modules that an adapter trains and stores whole. As in PEFT, a name means every module whose own name ends so, with all that lies
 * in it; a tied output projection among them is a copy of its own, and trained embeddings leave the output projection as it is.
 */
final class SavedModules {

    private static final String KEY = "strategy.modulesToSave";
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String HEAD = "lm_head.weight";

    private SavedModules() {}

    /**
     * The weights that the names mean, in the order of the model.
     *
     * @param adapted the layers that get an adapter
     * @throws Refusal when a name means no module, or one that gets an adapter
     */
    static List<TensorSpec> matching(ModelPlan base, List<String> names, List<LinearLayer> adapted) {
        List<TensorSpec> weights = weights(base);
        for (String name : names) {
            if (weights.stream().noneMatch(weight -> means(name, weight))) {
                Set<String> kinds = kinds(weights);
                throw Refusal.of(
                        KEY,
                        "'" + name + "' means no module with weights; there are " + String.join(", ", kinds)
                                + Nearest.hint(name, kinds));
            }
        }
        List<TensorSpec> saved = weights.stream()
                .filter(weight -> names.stream().anyMatch(name -> means(name, weight)))
                .toList();
        for (LinearLayer layer : adapted) {
            if (saved.stream().anyMatch(weight -> weight.name().startsWith(layer.name() + "."))) {
                throw Refusal.of(
                        KEY,
                        layer.name()
                                + " gets an adapter and is trained whole; take it out of one of targets and modulesToSave");
            }
        }
        return saved;
    }

    /** All weights that can be stored whole, a tied output projection among them. */
    static List<TensorSpec> weights(ModelPlan base) {
        List<TensorSpec> weights = new ArrayList<>(base.weights());
        if (weights.stream().noneMatch(weight -> weight.name().equals(HEAD))) {
            weights.stream()
                    .filter(weight -> weight.name().equals(EMBEDDING))
                    .findFirst()
                    .ifPresent(embedding -> weights.add(TensorSpec.of(HEAD, embedding.type(), embedding.shape())));
        }
        return weights;
    }

    private static boolean means(String name, TensorSpec weight) {
        String module = module(weight);
        while (!module.isEmpty()) {
            if (module.endsWith(name)) {
                return true;
            }
            module = module.substring(0, Math.max(0, module.lastIndexOf('.')));
        }
        return false;
    }

    private static String module(TensorSpec weight) {
        return weight.name().substring(0, weight.name().lastIndexOf('.'));
    }

    private static Set<String> kinds(List<TensorSpec> weights) {
        Set<String> kinds = new TreeSet<>();
        weights.forEach(
                weight -> kinds.add(module(weight).substring(module(weight).lastIndexOf('.') + 1)));
        return kinds;
    }
}
