package io.weft.server.internal;

import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.exchange.Exchanged;
import io.weft.tensor.Durable;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Writes a job's result from a manifest alone: its tensors in the manifest's types, and its companions beside them. */
final class ResultFolder {

    private static final int PIECE = 64 << 10;

    private ResultFolder() {}

    static void write(Path folder, Manifest manifest, TensorReader model) throws IOException {
        Path partial = Durable.beside(folder);
        Files.createDirectories(partial);
        try {
            tensors(CompanionPaths.inside(partial, manifest.layout()), manifest, model);
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

    private static void tensors(Path file, Manifest manifest, TensorReader model) throws IOException {
        List<TensorSpec> tensors = manifest.tensors().stream()
                .filter(tensor -> tensor.section().equals(TensorSpec.MODEL))
                .toList();
        try (TensorWriter out = Safetensors.createCheckpoint(file, tensors)) {
            for (TensorSpec tensor : tensors) {
                copy(tensor, model, out);
            }
            out.commit();
        }
    }

    private static void copy(TensorSpec tensor, TensorReader model, TensorWriter out) throws IOException {
        TensorSpec kept = Exchanged.tensors(List.of(tensor)).get(0);
        if (!tensor.type().decodable()) {
            ByteBuffer bytes = ByteBuffer.allocate(PIECE);
            for (long offset = 0; offset < tensor.bytes(); offset += bytes.limit()) {
                bytes.clear().limit((int) Math.min(PIECE, tensor.bytes() - offset));
                model.readBytes(kept, offset, bytes);
                out.writeBytes(tensor, offset, bytes.flip());
            }
            return;
        }
        float[] values = new float[PIECE];
        for (long first = 0; first < tensor.elements(); first += PIECE) {
            int count = (int) Math.min(PIECE, tensor.elements() - first);
            model.read(kept, first, values, count);
            out.write(tensor, first, values, count);
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
