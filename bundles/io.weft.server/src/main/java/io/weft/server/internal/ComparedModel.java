package io.weft.server.internal;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Takes a model that is made anew and holds it against the one that is on disk, byte by byte, so that no second one takes room. */
final class ComparedModel implements TensorWriter {

    private final TensorReader there;
    private final AtomicLong compared = new AtomicLong();
    private volatile Optional<String> difference = Optional.empty();

    /**
     * @param there with fp32 tensors, and such as pass as bytes; stays open
     */
    ComparedModel(TensorReader there) {
        this.there = there;
    }

    /** Where the two differ first; empty when they are equal. */
    Optional<String> difference() {
        return difference;
    }

    @Override
    public Manifest manifest() {
        return there.manifest();
    }

    @Override
    public void write(TensorSpec tensor, long first, float[] from, int count) throws IOException {
        if (tensor.type() != DType.F32) {
            throw new IllegalStateException("tensor '" + tensor.name() + "' is " + tensor.type() + ", and kept as F32");
        }
        float[] kept = new float[count];
        there.read(tensor, first, kept, count);
        for (int i = 0; i < count; i++) {
            if (Float.floatToRawIntBits(kept[i]) != Float.floatToRawIntBits(from[i])) {
                differs(tensor, "element " + (first + i) + " is " + kept[i] + " there and " + from[i] + " recomputed");
                break;
            }
        }
        compared.addAndGet((long) count * Float.BYTES);
    }

    @Override
    public void writeBytes(TensorSpec tensor, long offset, ByteBuffer from) throws IOException {
        ByteBuffer kept = ByteBuffer.allocate(from.remaining());
        there.readBytes(tensor, offset, kept);
        kept.flip();
        int at = kept.mismatch(from);
        if (at >= 0) {
            differs(tensor, "byte " + (offset + at));
        }
        compared.addAndGet(from.remaining());
        from.position(from.limit());
    }

    private synchronized void differs(TensorSpec tensor, String where) {
        if (difference.isEmpty()) {
            difference = Optional.of("tensor '" + tensor.name() + "', " + where);
        }
    }

    @Override
    public void commit() {
        List<TensorSpec> tensors = there.manifest().tensors();
        long bytes = tensors.stream().mapToLong(TensorSpec::bytes).sum();
        if (compared.get() != bytes && difference.isEmpty()) {
            difference = Optional.of("only " + compared.get() + " of " + bytes + " bytes were recomputed");
        }
    }

    @Override
    public void close() {}
}
