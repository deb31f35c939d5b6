package io.weft.lm;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorSpec;
import io.weft.lm.internal.model.Architecture;
import io.weft.lm.internal.model.Base;
import java.nio.file.Path;
import java.util.List;

/**
 * A checkpoint that Weft can train, in a few numbers.
 *
 * @param layers how many blocks there are
 * @param hidden the width of the residual stream
 * @param positions the most tokens of a record
 * @param parameters of all weights, a tied output projection counted once
 * @param type of the weights on disk
 */
public record ModelSummary(int layers, int hidden, int positions, long parameters, DType type) {

    /**
     * Looks at a checkpoint's description; no weight is read.
     *
     * @param folder where it lies, for messages
     * @throws io.weft.api.plugin.Refusal when its family is not supported, or a weight is missing or of another shape than its
     *     configuration says
     */
    public static ModelSummary of(Path folder, Manifest manifest) {
        Architecture architecture = Base.architecture(folder, manifest);
        List<TensorSpec> weights = Base.weights(folder, manifest, architecture);
        return new ModelSummary(
                architecture.layers(),
                architecture.hidden(),
                architecture.positions(),
                weights.stream().mapToLong(TensorSpec::elements).sum(),
                weights.get(0).type());
    }
}
