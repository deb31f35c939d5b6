package io.weft.site;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.exchange.Cancellation;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Copies models piece by piece. */
final class Copy {

    private static final int PIECE = 64 << 10;

    private Copy() {}

    /** Copies all tensors of a writer: fp32 ones as values, which may be decoded as they are read, all others as bytes. */
    static void all(TensorReader from, TensorWriter to, Cancellation cancellation) throws IOException {
        float[] values = new float[PIECE];
        ByteBuffer bytes = ByteBuffer.allocate(PIECE);
        for (TensorSpec tensor : to.manifest().tensors()) {
            boolean floats = tensor.type() == DType.F32;
            long size = floats ? tensor.elements() : tensor.bytes();
            for (long done = 0; done < size; done += PIECE) {
                cancellation.check();
                int count = (int) Math.min(PIECE, size - done);
                if (floats) {
                    from.read(tensor, done, values, count);
                    to.write(tensor, done, values, count);
                } else {
                    from.readBytes(tensor, done, bytes.clear().limit(count));
                    to.writeBytes(tensor, done, bytes.flip());
                }
            }
        }
    }
}
