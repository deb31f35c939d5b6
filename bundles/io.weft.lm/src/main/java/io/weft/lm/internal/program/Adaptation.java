package io.weft.lm.internal.program;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorSpec;
import io.weft.lm.internal.model.Architecture;
import io.weft.lm.internal.model.Architecture.Group;
import io.weft.lm.tuning.LinearOverlay;
import io.weft.lm.tuning.Overlay;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where a strategy's overlays sit in a model, and which tensors and dropout masks each of them uses. */
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

    private final Map<String, Site> sites = new HashMap<>();
    private final List<Mask> masks = new ArrayList<>();
    private int lowestLayer = Integer.MAX_VALUE;
    private Group lowestGroup = Group.DOWN;

    private Adaptation() {}

    /** No overlays. */
    public static Adaptation none() {
        return new Adaptation();
    }

    /**
     * Places overlays.
     *
     * @param tensors the manifest's, in its order
     */
    public static Adaptation of(Architecture architecture, List<Overlay> overlays, List<TensorSpec> tensors) {
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
        Adaptation adaptation = new Adaptation();
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
        if (layer < lowestLayer) {
            lowestLayer = layer;
            lowestGroup = group;
        }
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

    /** The masks that a training step wants, in order. */
    public List<Mask> masks() {
        return List.copyOf(masks);
    }

    /** Whether the backward reaches this layer. */
    boolean reaches(int layer) {
        return layer >= lowestLayer;
    }

    /** Whether the backward goes on below this group. */
    boolean below(int layer, Group group) {
        return layer > lowestLayer || (layer == lowestLayer && group.compareTo(lowestGroup) > 0);
    }
}
