package io.weft.shell.internal;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Folders with model.safetensors and any JSON files beside it. */
final class FolderFormat implements CheckpointFormat {

    @Override
    public boolean recognises(Path path) {
        return Files.exists(path.resolve("model.safetensors"));
    }

    @Override
    public TensorReader open(Path path) throws IOException {
        List<Companion> companions = new ArrayList<>();
        try (var files = Files.newDirectoryStream(path, "*.json")) {
            for (Path file : files) {
                companions.add(new Companion(file.getFileName().toString(), Files.readAllBytes(file)));
            }
        }
        return new Beside(Safetensors.openCheckpoint(path.resolve("model.safetensors")), companions);
    }

    @Override
    public TensorWriter create(Path path, Manifest manifest) {
        throw new AssertionError("nothing is written");
    }

    private record Beside(TensorReader tensors, List<Companion> companions) implements TensorReader {

        @Override
        public Manifest manifest() {
            return new Manifest("model.safetensors", tensors.manifest().tensors(), companions, "");
        }

        @Override
        public void read(TensorSpec tensor, long first, float[] into, int count) {
            throw new AssertionError("no tensor is read");
        }

        @Override
        public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) {
            throw new AssertionError("no tensor is read");
        }

        @Override
        public Optional<Path> file() {
            return tensors.file();
        }

        @Override
        public void close() throws IOException {
            tensors.close();
        }
    }
}
