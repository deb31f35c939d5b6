package io.weft.lm.internal.program;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorSpec;
import io.weft.lm.internal.model.Architecture;
import io.weft.lm.internal.model.Architecture.Group;
import io.weft.lm.tuning.LinearOverlay;
import io.weft.lm.tuning.Overlay;
import io.weft.lm.tuning.Script;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What of a model is trained: weights of its own, and overlays with the tensors and dropout masks that each of them uses. */
public final class Adaptation {

    /**
     * One overlay in its place.
     *
     * @param member which projection of its group
     * @param tensors indices of its tensors in the order of the manifest
     * @param mask the index of its dropout mask, or empty
     */
    public record Site(LinearOverlay overlay, int member, List<Integer> tensors, Optional<Integer> mask) {}

    /** The shape of one dropout mask: elements a row, and the probability of a zero. */
    public record Mask(String module, int width, double dropout) {}

    /** How many places a layer has that gradients pass one after the other: two norms and four products. */
    private static final int PLACES = 6;

    private static final int EMBEDDING_PLACE = -1;

    private final Architecture architecture;
    private final Map<String, Site> sites = new HashMap<>();
    private final Map<String, Integer> weights = new HashMap<>();
    private final List<Mask> masks = new ArrayList<>();
    private int lowest = Integer.MAX_VALUE;

    private Adaptation(Architecture architecture) {
        this.architecture = architecture;
    }

    /** Overlays alone; the tensors are the manifest's, in its order. */
    public static Adaptation of(Architecture architecture, List<Overlay> overlays, List<TensorSpec> tensors) {
        return of(architecture, overlays, Map.of(), tensors);
    }

    /**
     * Finds the places of what is trained.
     *
     * @param weights the base's own, by their names there
     * @param tensors the manifest's, in its order
     * @throws Refusal when the model has no such place
     */
    public static Adaptation of(
            Architecture architecture,
            List<Overlay> overlays,
            Map<String, TensorSpec> weights,
            List<TensorSpec> tensors) {
        Map<TensorSpec, Integer> indices = new HashMap<>();
        for (TensorSpec tensor : tensors) {
            indices.put(tensor, indices.size());
        }
        Map<String, LinearOverlay> byModule = new HashMap<>();
        for (Overlay overlay : overlays) {
            if (overlay instanceof LinearOverlay linear && byModule.put(linear.module(), linear) != null) {
                throw new Refusal("two overlays sit on " + linear.module() + "; one is possible");
            }
        }
        Adaptation adaptation = new Adaptation(architecture);
        weights.forEach((name, tensor) -> adaptation.train(name, indices.get(tensor)));
        for (int layer = 0; layer < architecture.layers(); layer++) {
            for (Group group : Group.values()) {
                for (int member = 0; member < group.members().size(); member++) {
                    String module = Architecture.layer(layer) + group.members().get(member);
                    LinearOverlay overlay = byModule.remove(module);
                    if (overlay != null) {
                        adaptation.place(architecture, layer, group, member, overlay, indices);
                    }
                }
            }
        }
        if (!byModule.isEmpty()) {
            throw new Refusal("the model has no linear layer "
                    + byModule.keySet().iterator().next());
        }
        return adaptation;
    }

    private void place(
            Architecture architecture,
            int layer,
            Group group,
            int member,
            LinearOverlay overlay,
            Map<TensorSpec, Integer> indices) {
        Optional<Integer> mask = Optional.empty();
        if (overlay.dropout() > 0) {
            mask = Optional.of(masks.size());
            masks.add(new Mask(overlay.module(), architecture.inputs(group), overlay.dropout()));
        }
        lowest = Math.min(lowest, place(layer, group));
        List<Integer> own = overlay.tensors().stream().map(indices::get).toList();
        sites.put(overlay.module(), new Site(overlay, member, own, mask));
    }

    /** The overlays on a group's projections, in order. */
    List<Site> at(int layer, Group group) {
        return group.members().stream()
                .map(member -> Optional.ofNullable(sites.get(Architecture.layer(layer) + member)))
                .flatMap(Optional::stream)
                .toList();
    }

    /** The program texts of the overlays. */
    Set<Script> scripts() {
        return sites.values().stream().map(site -> site.overlay().script()).collect(Collectors.toSet());
    }

    private void train(String weight, int index) {
        weights.put(weight, index);
        lowest = Math.min(lowest, place(weight));
    }

    private int place(String weight) {
        if (weight.equals(Architecture.EMBEDDING)) {
            return EMBEDDING_PLACE;
        }
        if (weight.equals(Architecture.NORM) || weight.equals(Architecture.HEAD)) {
            return architecture.layers() * PLACES;
        }
        for (int layer = 0; layer < architecture.layers(); layer++) {
            for (Group group : Group.values()) {
                if (Architecture.normed(group) && weight.equals(Architecture.norm(layer, group))) {
                    return place(layer, group) - 1;
                }
                for (int member = 0; member < group.members().size(); member++) {
                    if (weight.equals(Architecture.weight(layer, group, member))
                            || weight.equals(Architecture.bias(layer, group, member))) {
                        return place(layer, group);
                    }
                }
            }
        }
        throw new Refusal("the model has no weight " + weight);
    }

    private static int place(int layer, Group group) {
        return layer * PLACES
                + switch (group) {
                    case QKV -> 1;
                    case OUTPUT -> 2;
                    case GATED -> 4;
                    case DOWN -> 5;
                };
    }

    /** The index of the trained tensor that stands for a weight of the base, when it is trained. */
    Optional<Integer> weight(String name) {
        return Optional.ofNullable(weights.get(name));
    }

    /** The base's weights that are trained, by name. */
    SortedSet<String> weights() {
        return new TreeSet<>(weights.keySet());
    }

    /** Whether the weights of all projections of a group are trained. */
    boolean trainsAll(int layer, Group group) {
        return IntStream.range(0, group.members().size())
                .allMatch(member -> weights.containsKey(Architecture.weight(layer, group, member)));
    }

    /** What is needed of the frozen base; adapters alone need all of it, so that different ones share it. */
    public Frozen frozen(boolean backward) {
        return new Frozen(weights(), backward, weights.isEmpty() ? EMBEDDING_PLACE : lowest);
    }

    /**
     * What a model needs of its frozen base.
     *
     * @param without weights that are trained instead
     * @param backward whether gradients flow through it
     * @param lowest down to where they do
     */
    public record Frozen(SortedSet<String> without, boolean backward, int lowest) {

        /** All of it, without gradients. */
        public static final Frozen FORWARD = new Frozen(new TreeSet<>(), false, EMBEDDING_PLACE);

        boolean backward(int layer, Group group) {
            return backward && place(layer, group) > lowest;
        }

        boolean withoutAll(int layer, Group group) {
            return IntStream.range(0, group.members().size())
                    .allMatch(member -> without.contains(Architecture.weight(layer, group, member)));
        }
    }

    /** Whether the backward goes on below the final norm. */
    boolean belowHead() {
        return lowest < architecture.layers() * PLACES;
    }

    /** Whether the backward reaches this layer. */
    boolean reaches(int layer) {
        return place(layer, Group.DOWN) >= lowest;
    }

    /** Whether the backward goes on below this group. */
    boolean below(int layer, Group group) {
        return place(layer, group) > lowest;
    }

    /** The masks that a training step wants, in order. */
    public List<Mask> masks() {
        return List.copyOf(masks);
    }
}
