package io.weft.lm.tuning;

import io.weft.api.tensor.TensorSpec;
import java.util.List;

/**
 * An overlay that replaces the output y = x Wᵀ of one linear layer by a function of x, y and trained tensors.
 *
 * @param module the {@linkplain LinearLayer#name() name} of the layer
 * @param script the function
 * @param tensors its trained tensors, as the manifest has them; the script's {@code p}
 * @param dropout the probability, from 0 to below 1, with which an element of the script's {@code x} is zeroed while training; the
 *     others are scaled by 1 / (1 − dropout)
 */
public record LinearOverlay(String module, Script script, List<TensorSpec> tensors, double dropout) implements Overlay {

    public LinearOverlay {
        tensors = List.copyOf(tensors);
    }
}
