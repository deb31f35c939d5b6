package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process holds because of its plugins. The heap is what its own diagnostics count after a full collection.
 *
 * @param loaders bundles' class loaders that are alive
 * @param classes of the test's plugins, as often as they are loaded
 * @param threads all there are
 * @param files open files and sockets
 * @param jars the home's copies of plugin jars
 * @param caches folders of bundles in the framework's cache
 */
record Footprint(int loaders, int classes, int threads, int files, int jars, int caches) {

    private static final String LOADER = "org.apache.felix.framework.BundleWiringImpl$BundleClassLoader";

    /** Pools that shrink and grow make that much of a difference; who leaves one thing per swap leaves many more. */
    private static final int POOLS = 10;

    /** Collections until everything unreachable is gone: some of it is only found in the next one. */
    private static final int COLLECTIONS = 20;

    static Footprint of(long process, Path home) throws IOException, InterruptedException {
        int loaders = 0;
        for (String line : diagnosed(process, "GC.class_histogram")) {
            String[] columns = line.strip().split("\\s+", -1);
            if (columns.length > 3 && columns[3].equals(LOADER)) {
                loaders += Integer.parseInt(columns[1]);
            }
        }
        int classes = (int) diagnosed(process, "VM.class_hierarchy").stream()
                .filter(line -> line.contains("--test."))
                .count();
        int threads = (int) diagnosed(process, "Thread.print").stream()
                .filter(line -> line.startsWith("\""))
                .count();
        return new Footprint(
                loaders,
                classes,
                threads,
                entries(Path.of("/proc", Long.toString(process), "fd"), ""),
                entries(home.resolve("data").resolve("plugins"), ""),
                entries(
                        home.resolve("data")
                                .resolve("run")
                                .resolve(Long.toString(process))
                                .resolve("cache"),
                        "bundle"));
    }

    /** Waits, for a number of collections, until there is no more of anything than there was. */
    static void assertNoMore(Footprint than, long process, Path home) throws IOException, InterruptedException {
        Footprint now = of(process, home);
        for (int again = 0; again < COLLECTIONS && !now.likened(than).equals(than); again++) {
            now = of(process, home);
        }
        assertEquals(than, now.likened(than));
    }

    private Footprint likened(Footprint other) {
        return new Footprint(
                loaders,
                classes,
                Math.abs(threads - other.threads) < POOLS ? other.threads : threads,
                Math.abs(files - other.files) < POOLS ? other.files : files,
                jars,
                caches);
    }

    private static List<String> diagnosed(long process, String command) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(process),
                        command)
                .redirectErrorStream(true)
                .start();
        List<String> lines = new ArrayList<>(new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList());
        assertEquals(0, jcmd.waitFor(), String.join("\n", lines));
        return lines;
    }

    private static int entries(Path folder, String prefix) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return (int) entries.filter(entry -> entry.getFileName().toString().startsWith(prefix))
                    .count();
        } catch (NoSuchFileException e) {
            return 0;
        }
    }
}
