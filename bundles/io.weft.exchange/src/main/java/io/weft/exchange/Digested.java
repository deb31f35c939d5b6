package io.weft.exchange;

import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A model whose tensors' digests are known: who sends it, to however many receivers, need not take them once more. */
public final class Digested implements TensorReader {

    private final TensorReader model;
    private final List<byte[]> digests;

    /** @param digests the SHA-256 of each tensor's bytes, in the order of the manifest */
    public Digested(TensorReader model, List<byte[]> digests) {
        if (digests.size() != model.manifest().tensors().size()) {
            throw new IllegalArgumentException(
                    digests.size() + " digests of " + model.manifest().tensors().size() + " tensors");
        }
        this.model = model;
        this.digests = List.copyOf(digests);
    }

    /** The digests that come with a model, if they do. */
    static Optional<byte[]> of(TensorReader model, int tensor) {
        return model instanceof Digested digested ? Optional.of(digested.digests.get(tensor)) : Optional.empty();
    }

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
        model.readBytes(tensor, offset, into);
    }

    @Override
    public Optional<Path> file() {
        return model.file();
    }

    @Override
    public void close() throws IOException {
        model.close();
    }
}
