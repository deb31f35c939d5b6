package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.exchange.Cancellation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Computed fp32 tensors as bytes. */
final class Floats {

    /** Gives elements as floats. */
    interface Source {
        void read(TensorSpec tensor, long first, float[] into, int count) throws IOException;
    }

    private static final int PIECE = 64 << 10;

    private Floats() {}

    /**
     * Reads a whole model.
     *
     * @throws Refusal when a value is no number; names the tensor
     */
    static void checkFinite(TensorReader model, Cancellation cancellation) throws IOException {
        float[] values = new float[PIECE];
        for (TensorSpec tensor : model.manifest().tensors()) {
            long elements = tensor.type().decodable() ? tensor.elements() : 0;
            for (long first = 0; first < elements; first += PIECE) {
                cancellation.check();
                int count = (int) Math.min(PIECE, elements - first);
                model.read(tensor, first, values, count);
                for (int i = 0; i < count; i++) {
                    if (!Float.isFinite(values[i])) {
                        throw new Refusal("tensor '" + tensor.name() + "' has " + values[i] + " (element " + (first + i)
                                + "); the training diverged: lower train.lr or set train.clip");
                    }
                }
            }
        }
    }

    /** Fills the buffer with the little-endian bytes of the elements from a byte on; both lie between elements. */
    static void readBytes(Source source, TensorSpec tensor, long offset, ByteBuffer into) throws IOException {
        if (offset % Float.BYTES != 0 || into.remaining() % Float.BYTES != 0) {
            throw new IllegalArgumentException(
                    "tensor '" + tensor.name() + "' is read in whole elements, not from byte " + offset);
        }
        float[] values = new float[into.remaining() / Float.BYTES];
        source.read(tensor, offset / Float.BYTES, values, values.length);
        into.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
        into.position(into.limit());
    }
}
