package io.weft.hf.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.tensor.Durable;
import io.weft.tensor.FileProblem;
import io.weft.tensor.ShardedSafetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder on its way: filled beside its place, renamed into it at commit. */
final class FolderWriter implements TensorWriter {

    private final Path folder;
    private final Path partial;
    private final TensorWriter tensors;
    private final Manifest manifest;

    private FolderWriter(Path folder, Path partial, TensorWriter tensors, Manifest manifest) {
        this.folder = folder;
        this.partial = partial;
        this.tensors = tensors;
        this.manifest = manifest;
    }

    static FolderWriter create(Path folder, Manifest manifest) throws IOException {
        if (Files.exists(folder) && !isEmptyFolder(folder)) {
            throw new Refusal(folder + ": exists and is not an empty folder; choose another place or move it away");
        }
        Path partial = Durable.beside(folder);
        for (Companion companion : manifest.companions()) {
            inside(partial, companion.path());
        }
        Path weights = inside(partial, manifest.layout());
        try {
            Files.createDirectories(partial);
        } catch (IOException e) {
            throw FileProblem.writing(folder, manifest.bytes(), e);
        }
        try {
            for (Companion companion : manifest.companions()) {
                Path file = inside(partial, companion.path());
                Files.createDirectories(file.getParent());
                Durable.write(file, companion.content());
            }
            return new FolderWriter(folder, partial, ShardedSafetensors.create(weights, manifest.tensors()), manifest);
        } catch (Throwable e) {
            delete(partial);
            throw e;
        }
    }

    /** A manifest may come from another party, and must not name a place outside the folder. */
    private static Path inside(Path folder, String name) {
        Path file = folder.resolve(name).normalize();
        if (name.isEmpty() || file.equals(folder) || !file.startsWith(folder)) {
            throw new Refusal("the file name '%s' leads out of the model's folder".formatted(name));
        }
        return file;
    }

    private static boolean isEmptyFolder(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.findAny().isEmpty();
        }
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public void write(TensorSpec tensor, long first, float[] from, int count) throws IOException {
        tensors.write(tensor, first, from, count);
    }

    @Override
    public void writeBytes(TensorSpec tensor, long offset, ByteBuffer from) throws IOException {
        tensors.writeBytes(tensor, offset, from);
    }

    @Override
    public void commit() throws IOException {
        tensors.commit();
        Durable.rename(partial, folder);
    }

    @Override
    public void close() throws IOException {
        tensors.close();
        delete(partial);
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> files = Files.walk(folder)) {
            deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : deepestFirst) {
            Files.delete(file);
        }
    }
}
