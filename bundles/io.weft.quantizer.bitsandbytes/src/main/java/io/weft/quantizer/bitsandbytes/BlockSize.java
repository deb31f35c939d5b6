package io.weft.quantizer.bitsandbytes;

import io.weft.api.plugin.Refusal;

/** The sizes that blocks may have. */
final class BlockSize {

    private BlockSize() {}

    static int check(int block, String quantizer) {
        if (Integer.bitCount(block) != 1) {
            throw new Refusal("the option block of '" + quantizer + "' is " + block
                    + "; allowed: powers of two, such as " + Integer.highestOneBit(block));
        }
        return block;
    }
}
