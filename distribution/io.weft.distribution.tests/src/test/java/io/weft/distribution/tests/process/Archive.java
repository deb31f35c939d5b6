package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** An archive that the build has just made: of a server, or of a site. */
record Archive(String kind, Path file) {

    private static final Map<String, Path> UNPACKED = new HashMap<>();

    static Archive of(String kind) {
        return new Archive(kind, Path.of(System.getProperty("weft.archive." + kind)));
    }

    /** Unpacks it, once for all tests, and gives its one folder. */
    Path unpacked() throws IOException, InterruptedException {
        synchronized (UNPACKED) {
            if (!UNPACKED.containsKey(kind)) {
                UNPACKED.put(kind, unpack());
            }
            return UNPACKED.get(kind);
        }
    }

    private Path unpack() throws IOException, InterruptedException {
        Path folder = Path.of(System.getProperty("weft.unpacked")).resolve("a " + kind);
        shell("rm", "-rf", folder.toString());
        Files.createDirectories(folder);
        shell("tar", "-xzf", file.toString(), "-C", folder.toString());
        try (Stream<Path> top = Files.list(folder)) {
            List<Path> folders = top.toList();
            assertEquals(
                    List.of(folder.resolve("weft-" + kind + "-" + System.getProperty("weft.version"))),
                    folders,
                    "one top folder");
            return folders.get(0);
        }
    }

    private static void shell(String... line) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder(line).inheritIO().start().waitFor(), String.join(" ", line));
    }
}
