package io.weft.models;

import io.weft.tensor.Digests;
import io.weft.tensor.Durable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Content hashes of models, kept under the home's {@code data/models}: reading a model whole takes a second or more a gigabyte. A hash is
 * taken again when a file of the folder has another size or time.
 */
final class KeptDigests {

    private static final int SHORT = 32;

    private final Path folder;

    KeptDigests(Path home) {
        this.folder = home.resolve("data").resolve("models");
    }

    /** {@link Digests#base} of a folder, {@link Digests#of(Path)} of a file. */
    String of(Path model) throws IOException {
        String stamp = Digests.of(FileStamp.of(files(model)).getBytes(StandardCharsets.UTF_8));
        Path kept = folder.resolve(
                Digests.of(model.toString().getBytes(StandardCharsets.UTF_8)).substring(0, SHORT) + ".sha256");
        if (Files.exists(kept)) {
            List<String> lines = Files.readAllLines(kept);
            if (lines.size() == 2 && lines.get(0).equals(stamp)) {
                return lines.get(1);
            }
        }
        String digest = Files.isDirectory(model) ? Digests.base(model) : Digests.of(model);
        Files.createDirectories(folder);
        Durable.write(kept, (stamp + "\n" + digest + "\n").getBytes(StandardCharsets.UTF_8));
        return digest;
    }

    private static List<Path> files(Path model) throws IOException {
        if (!Files.isDirectory(model)) {
            return List.of(model);
        }
        try (Stream<Path> entries = Files.list(model)) {
            return entries.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
