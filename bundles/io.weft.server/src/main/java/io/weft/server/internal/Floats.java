package io.weft.server.internal;

import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Computed fp32 tensors as bytes. */
final class Floats {

    /** Gives elements as floats. */
    interface Source {
        void read(TensorSpec tensor, long first, float[] into, int count) throws IOException;
    }

    private Floats() {}

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
