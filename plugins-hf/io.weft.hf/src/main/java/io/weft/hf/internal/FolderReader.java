package io.weft.hf.internal;

import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/** The tensors of a folder together with the files that lie beside them. */
final class FolderReader implements TensorReader {

    private final TensorReader tensors;
    private final Manifest manifest;

    FolderReader(TensorReader tensors, Manifest manifest) {
        this.tensors = tensors;
        this.manifest = manifest;
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

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

    @Override
    public String toString() {
        return tensors.toString();
    }
}
