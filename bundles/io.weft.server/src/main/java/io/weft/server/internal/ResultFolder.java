package io.weft.server.internal;

import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.exchange.Exchanged;
import io.weft.tensor.Durable;
import io.weft.tensor.Safetensors;
import io.weft.tensor.ShardedSafetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Writes a job's result from a manifest alone: its tensors in the manifest's types, and its companions beside them. */
final class ResultFolder {

    private static final int PIECE = 64 << 10;

    private ResultFolder() {}

    static void write(Path folder, Manifest manifest, TensorReader model, Optional<TensorReader> frozen)
            throws IOException {
        Path partial = Durable.beside(folder);
        Files.createDirectories(partial);
        try {
            tensors(CompanionPaths.inside(partial, manifest.layout()), manifest, model, frozen);
            for (Companion companion : manifest.companions()) {
                Path file = CompanionPaths.inside(partial, companion.path());
                Files.createDirectories(file.getParent());
                Durable.write(file, companion.content());
            }
            Durable.rename(partial, folder);
        } finally {
            delete(partial);
        }
    }

    private static void tensors(Path file, Manifest manifest, TensorReader model, Optional<TensorReader> frozen)
            throws IOException {
        List<TensorSpec> tensors = manifest.tensors().stream()
                .filter(tensor -> tensor.section().equals(TensorSpec.MODEL)
                        || tensor.section().equals(TensorSpec.FROZEN))
                .toList();
        List<TensorSpec> written = tensors.stream().map(ResultFolder::written).toList();
        // What has companions is a checkpoint; tensors alone stay one file, however many they are.
        try (TensorWriter out = manifest.companions().isEmpty()
                ? Safetensors.createCheckpoint(file, written)
                : ShardedSafetensors.create(file, written)) {
            for (TensorSpec tensor : tensors) {
                if (tensor.section().equals(TensorSpec.FROZEN)) {
                    copyBytes(frozen.orElseThrow(), tensor, out, written(tensor));
                } else {
                    copy(tensor, model, out);
                }
            }
            out.commit();
        }
    }

    private static TensorSpec written(TensorSpec tensor) {
        return TensorSpec.of(tensor.name(), tensor.type(), tensor.shape());
    }

    private static void copyBytes(TensorReader from, TensorSpec read, TensorWriter out, TensorSpec written)
            throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(PIECE);
        for (long offset = 0; offset < read.bytes(); offset += bytes.limit()) {
            bytes.clear().limit((int) Math.min(PIECE, read.bytes() - offset));
            from.readBytes(read, offset, bytes);
            out.writeBytes(written, offset, bytes.flip());
        }
    }

    private static void copy(TensorSpec tensor, TensorReader model, TensorWriter out) throws IOException {
        TensorSpec kept = Exchanged.tensors(List.of(tensor)).get(0);
        if (!tensor.type().decodable()) {
            copyBytes(model, kept, out, written(tensor));
            return;
        }
        float[] values = new float[PIECE];
        for (long first = 0; first < tensor.elements(); first += PIECE) {
            int count = (int) Math.min(PIECE, tensor.elements() - first);
            model.read(kept, first, values, count);
            out.write(written(tensor), first, values, count);
        }
    }

    private static void delete(Path partial) throws IOException {
        if (!Files.exists(partial)) {
            return;
        }
        try (Stream<Path> entries = Files.walk(partial)) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(entry);
            }
        }
    }
}
