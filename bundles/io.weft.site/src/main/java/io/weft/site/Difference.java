package io.weft.site;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;

/** What training changed: float tensors as the difference to the received model, all others as they are now. */
final class Difference implements TensorReader {

    private final TensorReader after;
    private final TensorReader before;

    Difference(TensorReader after, TensorReader before) {
        this.after = after;
        this.before = before;
    }

    @Override
    public Manifest manifest() {
        return after.manifest();
    }

    @Override
    public void read(TensorSpec tensor, long first, float[] into, int count) throws IOException {
        after.read(tensor, first, into, count);
        float[] received = new float[count];
        before.read(tensor, first, received, count);
        for (int i = 0; i < count; i++) {
            into[i] -= received[i];
        }
    }

    @Override
    public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) throws IOException {
        if (tensor.type() != DType.F32) {
            after.readBytes(tensor, offset, into);
            return;
        }
        int start = into.position();
        ByteBuffer changed = into.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        after.readBytes(tensor, offset, into);
        ByteBuffer received = ByteBuffer.allocate(into.position() - start).order(ByteOrder.LITTLE_ENDIAN);
        before.readBytes(tensor, offset, received);
        if (received.position() % Float.BYTES != 0 || offset % Float.BYTES != 0) {
            throw new IllegalArgumentException("a difference is read in whole elements, not from byte " + offset);
        }
        for (int at = 0; at < received.position(); at += Float.BYTES) {
            changed.putFloat(start + at, changed.getFloat(start + at) - received.getFloat(at));
        }
    }

    @Override
    public Optional<Path> file() {
        return Optional.empty();
    }

    @Override
    public void close() throws IOException {
        try (before) {
            after.close();
        }
    }
}
