package io.weft.api.testing;

import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tensors in memory, which are read and written as the runtime's on disk are: float tensors as fp32. */
public final class MemoryTensors implements TensorReader, TensorWriter {

    private final Manifest manifest;
    private final Map<TensorSpec, ByteBuffer> contents = new LinkedHashMap<>();
    private final Map<TensorSpec, BitSet> written = new LinkedHashMap<>();

    /** All zero, nothing written. */
    public MemoryTensors(List<TensorSpec> tensors) {
        manifest = new Manifest("model.safetensors", tensors, List.of(), "");
        for (TensorSpec tensor : tensors) {
            contents.put(
                    tensor, ByteBuffer.allocate(Math.toIntExact(tensor.bytes())).order(ByteOrder.LITTLE_ENDIAN));
            written.put(tensor, new BitSet());
        }
    }

    /** Fills a float tensor. */
    public MemoryTensors with(TensorSpec tensor, float... values) {
        if (values.length != tensor.elements()) {
            throw new IllegalArgumentException(
                    tensor.name() + " has " + tensor.elements() + " elements, not " + values.length);
        }
        write(tensor, 0, values, values.length);
        return this;
    }

    /** The elements of a float tensor. */
    public float[] floats(TensorSpec tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        read(tensor, 0, values, values.length);
        return values;
    }

    /** The little-endian bytes of a tensor. */
    public byte[] bytes(TensorSpec tensor) {
        return content(tensor).array().clone();
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public void read(TensorSpec tensor, long first, float[] into, int count) {
        content(tensor)
                .position(Math.toIntExact(first * Float.BYTES))
                .asFloatBuffer()
                .get(into, 0, count);
    }

    @Override
    public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) {
        into.put(content(tensor).position(Math.toIntExact(offset)).limit(Math.toIntExact(offset) + into.remaining()));
    }

    @Override
    public void write(TensorSpec tensor, long first, float[] from, int count) {
        int start = Math.toIntExact(first * Float.BYTES);
        content(tensor).position(start).asFloatBuffer().put(from, 0, count);
        mark(tensor, start, start + count * Float.BYTES);
    }

    @Override
    public void writeBytes(TensorSpec tensor, long offset, ByteBuffer from) {
        int start = Math.toIntExact(offset);
        int end = start + from.remaining();
        content(tensor).position(start).put(from);
        mark(tensor, start, end);
    }

    /** Checks that every tensor was written whole. */
    @Override
    public void commit() {
        written.forEach((tensor, bytes) -> {
            if (bytes.cardinality() != tensor.bytes()) {
                throw new IllegalStateException("tensor '" + tensor.name() + "' was not written whole: "
                        + bytes.cardinality() + " of " + tensor.bytes() + " bytes");
            }
        });
    }

    /** Memory is nowhere. */
    @Override
    public Optional<Path> file() {
        return Optional.empty();
    }

    @Override
    public void close() {}

    /** A view of its own for every access, because pieces are read and written by several threads. */
    private ByteBuffer content(TensorSpec tensor) {
        ByteBuffer content = contents.get(tensor);
        if (content == null) {
            throw new IllegalArgumentException("there is no tensor '" + tensor.name() + "' of section '"
                    + tensor.section() + "'; there are: "
                    + contents.keySet().stream().map(TensorSpec::name).toList());
        }
        return content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    private void mark(TensorSpec tensor, int from, int to) {
        BitSet bytes = written.get(tensor);
        synchronized (bytes) {
            bytes.set(from, to);
        }
    }
}
