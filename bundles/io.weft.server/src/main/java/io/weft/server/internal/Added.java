package io.weft.server.internal;

import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/** The full model of a site that sent a difference: that, added to the server's model in full precision. */
final class Added implements TensorReader {

    private final TensorReader model;
    private final TensorReader difference;

    Added(TensorReader model, TensorReader difference) {
        this.model = model;
        this.difference = difference;
    }

    @Override
    public Manifest manifest() {
        return difference.manifest();
    }

    @Override
    public void read(TensorSpec tensor, long first, float[] into, int count) throws IOException {
        model.read(tensor, first, into, count);
        float[] change = new float[count];
        difference.read(tensor, first, change, count);
        for (int i = 0; i < count; i++) {
            into[i] += change[i];
        }
    }

    @Override
    public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) throws IOException {
        if (tensor.type().floating()) {
            Floats.readBytes(this::read, tensor, offset, into);
        } else {
            difference.readBytes(tensor, offset, into);
        }
    }

    @Override
    public Optional<Path> file() {
        return Optional.empty();
    }

    @Override
    public void close() throws IOException {
        try (model) {
            difference.close();
        }
    }
}
