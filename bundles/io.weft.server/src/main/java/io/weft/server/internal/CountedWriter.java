package io.weft.server.internal;

import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** Counts how often another one is written to. */
record CountedWriter(TensorWriter to, AtomicLong writes) implements TensorWriter {

    @Override
    public Manifest manifest() {
        return to.manifest();
    }

    @Override
    public void write(TensorSpec tensor, long first, float[] from, int count) throws IOException {
        to.write(tensor, first, from, count);
        writes.incrementAndGet();
    }

    @Override
    public void writeBytes(TensorSpec tensor, long offset, ByteBuffer from) throws IOException {
        to.writeBytes(tensor, offset, from);
        writes.incrementAndGet();
    }

    @Override
    public boolean adopt(Path safetensors) throws IOException {
        return to.adopt(safetensors);
    }

    @Override
    public void commit() throws IOException {
        to.commit();
    }

    @Override
    public void close() throws IOException {
        to.close();
    }
}
