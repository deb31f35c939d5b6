package io.weft.api.tensor;

import java.util.List;
import java.util.Optional;

/**
 * What is exchanged, described without a model, so that the server aggregates and writes results in formats it does not know.
 *
 * @param layout the file the tensors of the section {@code model} are written to in a result, such as {@code
 *     adapter_model.safetensors}
 * @param tensors in the order in which they travel
 * @param companions the files that lie beside the result's tensors
 * @param baseDigest SHA-256 (hex) of the frozen base, or empty text where there is none
 */
public record Manifest(String layout, List<TensorSpec> tensors, List<Companion> companions, String baseDigest) {

    public Manifest {
        tensors = List.copyOf(tensors);
        companions = List.copyOf(companions);
    }

    /** The tensor of that name in the section {@code model}. */
    public Optional<TensorSpec> tensor(String name) {
        return tensors.stream()
                .filter(spec ->
                        spec.section().equals(TensorSpec.MODEL) && spec.name().equals(name))
                .findFirst();
    }

    public Optional<Companion> companion(String path) {
        return companions.stream()
                .filter(companion -> companion.path().equals(path))
                .findFirst();
    }

    /** The size of all tensors in bytes, in their own types. */
    public long bytes() {
        return tensors.stream().mapToLong(TensorSpec::bytes).sum();
    }
}
