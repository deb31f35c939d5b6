package io.weft.lm.internal.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.weft.lm.internal.program.Adaptation.Mask;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Dropout masks: an element is kept when a 16-bit number, a function of a key and of the element's place alone, is not below the
 * probability. Used by one thread at a time.
 */
final class Masks {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final List<Mask> masks;
    private final List<ByteBuffer> buffers = new ArrayList<>();

    Masks(List<Mask> masks) {
        this.masks = masks;
    }

    /** Where the key of a module's mask comes from. */
    interface Keys {
        RandomGenerator of(String module);
    }

    /** Masks of this many rows; they share memory with this object and hold until the next call. */
    List<NDArray> draw(NDManager owner, int rows, Keys keys) {
        List<NDArray> drawn = new ArrayList<>();
        for (int i = 0; i < masks.size(); i++) {
            Mask mask = masks.get(i);
            int elements = Math.multiplyExact(rows, mask.width());
            ByteBuffer buffer = buffer(i, elements);
            fill(
                    buffer,
                    elements,
                    (int) Math.round(mask.dropout() * 65536),
                    keys.of(mask.module()).nextLong());
            drawn.add(owner.create(buffer.slice(0, elements), new Shape(rows, mask.width()), DataType.BOOLEAN));
        }
        return drawn;
    }

    private ByteBuffer buffer(int index, int elements) {
        int size = (elements + 3) / 4 * 4;
        if (index == buffers.size()) {
            buffers.add(ByteBuffer.allocateDirect(size));
        } else if (buffers.get(index).capacity() < size) {
            buffers.set(index, ByteBuffer.allocateDirect(size));
        }
        return buffers.get(index);
    }

    private static void fill(ByteBuffer buffer, int elements, int threshold, long key) {
        long counter = key;
        for (int i = 0; i < elements; i += 4) {
            counter += GOLDEN;
            long bits = mix(counter);
            for (int lane = 0; lane < 4; lane++) {
                int number = (int) (bits >>> (16 * lane)) & 0xFFFF;
                buffer.put(i + lane, (byte) (number >= threshold ? 1 : 0));
            }
        }
    }

    /** Stafford's variant 13 of the MurmurHash3 finaliser, as SplitMix64 uses it. */
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
