package io.weft.strategy.lora.internal;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.lm.tuning.LinearLayer;
import io.weft.lm.tuning.ModelPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Which linear layers a list of targets means: as in PEFT, a target is a whole name, or the end of one after a dot. */
final class Targets {

    private static final String KEY = "strategy.targets";
    private static final String ALL = "all-linear";

    private Targets() {}

    /**
     * The layers, in the order of the model.
     *
     * @throws Refusal when a target matches none; lists the names there are
     */
    static List<LinearLayer> matching(ModelPlan base, List<String> targets) {
        if (targets.equals(List.of(ALL))) {
            return base.linears();
        }
        for (String target : targets) {
            if (base.linears().stream().noneMatch(layer -> matches(layer, target))) {
                List<String> known = new ArrayList<>(kinds(base.linears()));
                String names = String.join(", ", known);
                known.add(ALL);
                throw Refusal.of(
                        KEY,
                        "'" + target + "' matches no linear layer; there are " + names + ", or " + ALL
                                + Nearest.hint(target, known));
            }
        }
        if (targets.isEmpty()) {
            throw Refusal.of(KEY, "nothing is given; there are " + String.join(", ", kinds(base.linears())));
        }
        return base.linears().stream()
                .filter(layer -> targets.stream().anyMatch(target -> matches(layer, target)))
                .toList();
    }

    /** The ends of the layers' names, each once, sorted. */
    static SortedSet<String> kinds(List<LinearLayer> layers) {
        SortedSet<String> kinds = new TreeSet<>();
        layers.forEach(layer -> kinds.add(layer.kind()));
        return kinds;
    }

    private static boolean matches(LinearLayer layer, String target) {
        return layer.name().equals(target) || layer.name().endsWith("." + target);
    }
}
