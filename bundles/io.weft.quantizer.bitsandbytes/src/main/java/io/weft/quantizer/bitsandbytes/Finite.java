package io.weft.quantizer.bitsandbytes;

import io.weft.api.plugin.Refusal;

/** Refuses what codes between −1 and 1 cannot carry. */
final class Finite {

    private Finite() {}

    /** A block's largest magnitude, when it is a number. */
    static float check(float largest, String tensor) {
        if (Float.isFinite(largest)) {
            return largest;
        }
        throw new Refusal(
                "tensor '" + tensor + "' has a value that is "
                        + (Float.isNaN(largest) ? "no number" : "infinite")
                        + ", which these codes cannot carry (bf16, fp16 and lossless do); if that came of training, lower train.lr or set train.clip");
    }
}
