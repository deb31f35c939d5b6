package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The archive, unpacked, and its command run as a person would. */
final class Workbench {

    private static final Duration LIMIT = Duration.ofMinutes(10);

    private static Workbench unpacked;

    private final Path root;

    private Workbench(Path root) {
        this.root = root;
    }

    /** What a process did. */
    record Outcome(int exit, String out, String err) {

        List<String> lines() {
            return out.lines().toList();
        }
    }

    /** Unpacks the archive that the build has just made, once for all tests: it is large. */
    static synchronized Workbench unpacked() throws IOException, InterruptedException {
        if (unpacked == null) {
            unpacked = unpack();
        }
        return unpacked;
    }

    private static Workbench unpack() throws IOException, InterruptedException {
        Path archive = Path.of(System.getProperty("weft.archive"));
        // A space in the path, because users have them.
        Path folder = Path.of(System.getProperty("weft.unpacked")).resolve("an installation");
        shell("rm", "-rf", folder.toString());
        Files.createDirectories(folder);
        shell("tar", "-xzf", archive.toString(), "-C", folder.toString());
        try (Stream<Path> top = Files.list(folder)) {
            List<Path> folders = top.toList();
            assertEquals(
                    List.of(folder.resolve("weft-workbench-" + System.getProperty("weft.version"))),
                    folders,
                    "one top folder");
            return new Workbench(folders.get(0));
        }
    }

    private static void shell(String... line) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder(line).inheritIO().start().waitFor(), String.join(" ", line));
    }

    Path root() {
        return root;
    }

    Path command() {
        return root.resolve("bin").resolve("weft");
    }

    /** Runs {@code bin/weft} to its end. */
    Outcome run(String... words) throws IOException, InterruptedException {
        return run(command(), root.getParent(), words);
    }

    /** Runs it to its end with more in its environment. */
    Outcome run(Map<String, String> environment, String... words) throws IOException, InterruptedException {
        ProcessBuilder builder = builder(command(), root.getParent(), words);
        builder.environment().putAll(environment);
        return outcome(builder, words);
    }

    /** Starts {@code bin/weft} with streams that the caller reads and closes. */
    Process open(String... words) throws IOException {
        return builder(command(), root.getParent(), words)
                .redirectInput(ProcessBuilder.Redirect.PIPE)
                .redirectErrorStream(true)
                .start();
    }

    /** Runs it under another name and from another folder. */
    Outcome run(Path command, Path from, String... words) throws IOException, InterruptedException {
        return outcome(builder(command, from, words), words);
    }

    private static Outcome outcome(ProcessBuilder builder, String... words) throws IOException, InterruptedException {
        Path out = Files.createTempFile("weft", ".out");
        Path err = Files.createTempFile("weft", ".err");
        Process process =
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        try {
            assertTrue(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS), "weft did not end: " + List.of(words));
            return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            process.destroyForcibly();
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** Starts it; what it prints is the caller's to read, errors go to a file. */
    Process start(Path err, String... words) throws IOException {
        return builder(command(), root.getParent(), words)
                .redirectError(err.toFile())
                .start();
    }

    /** Starts it, and what it prints can be followed. */
    LiveRun live(String... words) throws IOException {
        return LiveRun.start(builder(command(), root.getParent(), words));
    }

    private static ProcessBuilder builder(Path command, Path from, String... words) {
        List<String> line = new ArrayList<>(List.of(command.toString()));
        line.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(from.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().remove("WEFT_HOME");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder;
    }

    /** The same installation in another folder, without the plugins whose jars begin with that name; everything large is linked. */
    Workbench without(String plugin) throws IOException, InterruptedException {
        Path copy = root.resolveSibling("without " + plugin);
        shell("rm", "-rf", copy.toString());
        Files.createDirectories(copy);
        for (String linked : List.of("lib", "bundle", "natives", "repository")) {
            Files.createSymbolicLink(copy.resolve(linked), root.resolve(linked));
        }
        Files.createDirectories(copy.resolve("bin"));
        Files.copy(command(), copy.resolve("bin").resolve("weft"));
        Files.createDirectories(copy.resolve("plugins"));
        try (Stream<Path> plugins = Files.list(root.resolve("plugins"))) {
            for (Path jar : plugins.toList()) {
                if (!jar.getFileName().toString().startsWith(plugin)) {
                    Files.copy(jar, copy.resolve("plugins").resolve(jar.getFileName()));
                }
            }
        }
        return new Workbench(copy);
    }
}
