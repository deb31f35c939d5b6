package io.weft.lm.internal.program;

import io.weft.lm.internal.model.Architecture;
import io.weft.lm.internal.model.Architecture.Group;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What is trained in one layer, as a short list of its own: layers that are alike then have the same text, whatever the indices of
 * their tensors in the whole model.
 */
final class LayerTensors {

    private final List<Integer> indices;
    private final Adaptation adaptation;

    private LayerTensors(List<Integer> indices, Adaptation adaptation) {
        this.indices = indices;
        this.adaptation = adaptation;
    }

    static LayerTensors of(int layer, Adaptation adaptation) {
        List<Integer> indices = new ArrayList<>();
        for (Group group : Group.values()) {
            if (Architecture.normed(group)) {
                adaptation.weight(Architecture.norm(layer, group)).ifPresent(indices::add);
            }
            for (int member = 0; member < group.members().size(); member++) {
                adaptation.weight(Architecture.weight(layer, group, member)).ifPresent(indices::add);
                adaptation.weight(Architecture.bias(layer, group, member)).ifPresent(indices::add);
            }
            adaptation.at(layer, group).forEach(site -> indices.addAll(site.tensors()));
        }
        return new LayerTensors(indices, adaptation);
    }

    /** The layer's list as the whole model's list has its members. */
    String list(String list) {
        return indices.stream().map(index -> list + "[" + index + "]").collect(Collectors.joining(", ", "[", "]"));
    }

    /** A trained weight of the base in the layer's list. */
    Optional<String> weight(String list, String name) {
        return adaptation.weight(name).map(index -> own(list, index));
    }

    /** An overlay's tensors in the layer's list. */
    String list(String list, Adaptation.Site site) {
        return site.tensors().stream().map(index -> own(list, index)).collect(Collectors.joining(", ", "[", "]"));
    }

    private String own(String list, int index) {
        int place = IntStream.range(0, indices.size())
                .filter(i -> indices.get(i) == index)
                .findFirst()
                .orElseThrow();
        return list + "[" + place + "]";
    }
}
