package io.weft.exchange;

import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes that are read of a model. */
record CountingReader(TensorReader model, AtomicLong read) implements TensorReader {

    @Override
    public Manifest manifest() {
        return model.manifest();
    }

    @Override
    public void read(TensorSpec tensor, long first, float[] into, int count) throws IOException {
        model.read(tensor, first, into, count);
    }

    @Override
    public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) throws IOException {
        read.addAndGet(into.remaining());
        model.readBytes(tensor, offset, into);
    }

    @Override
    public Optional<Path> file() {
        return Optional.empty();
    }

    @Override
    public void close() {}
}
