package io.weft.tensor;

import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Tensors under another manifest than their file alone would give: with the files that lie beside it, or under the name that it has as
 * a result.
 *
 * @param tensors read and closed through this reader
 * @param manifest names tensors that {@code tensors} has
 */
public record Described(TensorReader tensors, Manifest manifest) implements TensorReader {

    @Override
    public void read(TensorSpec tensor, long first, float[] into, int count) throws IOException {
        tensors.read(tensor, first, into, count);
    }

    @Override
    public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) throws IOException {
        tensors.readBytes(tensor, offset, into);
    }

    @Override
    public Optional<Path> file() {
        return tensors.file();
    }

    @Override
    public void close() throws IOException {
        tensors.close();
    }

    /** Where the tensors lie, as messages name it. */
    @Override
    public String toString() {
        return tensors.toString();
    }
}
