package io.weft.lm.internal.program;

import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.CheckpointFormat;
import io.weft.tensor.Described;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

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
        return new Described(tensors, manifest);
    }

    @Override
    public TensorWriter create(Path path, Manifest manifest) {
        throw new UnsupportedOperationException();
    }
}
