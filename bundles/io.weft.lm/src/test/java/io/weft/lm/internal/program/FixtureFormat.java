package io.weft.lm.internal.program;

import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.CheckpointFormat;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads the folders of the test resources: config.json and model.safetensors. */
final class FixtureFormat implements CheckpointFormat {

    @Override
    public boolean recognises(Path path) {
        return true;
    }

    @Override
    public TensorReader open(Path path) throws IOException {
        TensorReader tensors = Safetensors.openCheckpoint(path.resolve("model.safetensors"));
        Companion config = new Companion("config.json", Files.readAllBytes(path.resolve("config.json")));
        Manifest manifest =
                new Manifest("model.safetensors", tensors.manifest().tensors(), List.of(config), "digest of " + path);
        return new TensorReader() {
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
        };
    }

    @Override
    public TensorWriter create(Path path, Manifest manifest) {
        throw new UnsupportedOperationException();
    }
}
