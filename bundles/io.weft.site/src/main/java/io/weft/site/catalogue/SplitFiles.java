package io.weft.site.catalogue;

import io.weft.models.FileStamp;
import io.weft.tensor.Digests;
import io.weft.tensor.Durable;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Shares of records as files of their own, under the home's {@code data/datasets}: made once, and anew when a file changed. */
final class SplitFiles {

    private static final int SHORT = 16;

    private final Path folder;

    SplitFiles(Path home) {
        this.folder = home.resolve("data").resolve("datasets");
    }

    Path of(String name, List<Path> files, Split split) throws IOException {
        String stamp = Digests.of((split + FileStamp.of(files)).getBytes(StandardCharsets.UTF_8));
        Path target = folder.resolve(name + "-" + stamp.substring(0, SHORT) + "." + CatalogueKeys.JSON_LINES);
        if (Files.exists(target)) {
            return target;
        }
        Files.createDirectories(folder);
        Path partial = Durable.beside(target);
        try {
            try (BufferedWriter out = Files.newBufferedWriter(partial)) {
                for (Path file : files) {
                    copy(file, split, out);
                }
            }
            Durable.rename(partial, target);
        } finally {
            Files.deleteIfExists(partial);
        }
        return target;
    }

    private static void copy(Path file, Split split, BufferedWriter out) throws IOException {
        try (BufferedReader in = Files.newBufferedReader(file)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (!line.isBlank() && split.has(line)) {
                    out.write(line);
                    out.write('\n');
                }
            }
        }
    }
}
