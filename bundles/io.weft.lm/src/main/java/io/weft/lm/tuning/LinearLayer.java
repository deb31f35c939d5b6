package io.weft.lm.tuning;

/**
 * A linear layer y = x Wᵀ (+ b) of a base model.
 *
 * @param name such as {@code model.layers.0.self_attn.q_proj}
 * @param inputs the width of x
 * @param outputs the width of y
 */
public record LinearLayer(String name, int inputs, int outputs) {

    /** The last part of the name, such as {@code q_proj}. */
    public String kind() {
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
