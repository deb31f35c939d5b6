package io.weft.server.internal;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.tensor.Halves;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A global model with the values that its result has: rounded to the result's types, and widened again for the way. */
final class Rounded implements TensorReader {

    private record Key(String section, String name) {}

    private final TensorReader model;
    private final Map<Key, DType> types;

    /**
     * @param tensors with the result's types
     */
    Rounded(TensorReader model, List<TensorSpec> tensors) {
        this.model = model;
        this.types = tensors.stream().collect(Collectors.toMap(Rounded::key, TensorSpec::type));
    }

    private static Key key(TensorSpec tensor) {
        return new Key(tensor.section(), tensor.name());
    }

    @Override
    public Manifest manifest() {
        return model.manifest();
    }

    @Override
    public void read(TensorSpec tensor, long first, float[] into, int count) throws IOException {
        model.read(tensor, first, into, count);
        DType type = types.getOrDefault(key(tensor), tensor.type());
        if (type == DType.BF16) {
            for (int i = 0; i < count; i++) {
                into[i] = Halves.fromBfloat16(Halves.toBfloat16(into[i]));
            }
        } else if (type == DType.F16) {
            for (int i = 0; i < count; i++) {
                into[i] = Halves.fromFloat16(Halves.toFloat16(into[i]));
            }
        }
    }

    @Override
    public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) throws IOException {
        if (tensor.type().floating()) {
            Floats.readBytes(this::read, tensor, offset, into);
        } else {
            model.readBytes(tensor, offset, into);
        }
    }

    @Override
    public Optional<Path> file() {
        return Optional.empty();
    }

    @Override
    public void close() throws IOException {
        model.close();
    }
}
