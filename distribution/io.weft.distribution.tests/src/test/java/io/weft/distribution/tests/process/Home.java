package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The home of a server or a site, and the process that lives in it. */
final class Home implements AutoCloseable {

    private static final long LIMIT_SECONDS = 120;

    private final Path command;
    private final Path folder;
    private Optional<Process> process = Optional.empty();

    Home(Path installation, Path folder) {
        this.command = installation.resolve("bin").resolve("weft");
        this.folder = folder;
    }

    Path folder() {
        return folder;
    }

    /** Starts it, and waits until it says that it is ready. */
    void start() throws IOException {
        Process started = builder("start", "--foreground")
                .redirectError(folder.resolve("start.err").toFile())
                .start();
        process = Optional.of(started);
        BufferedReader out = started.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        assertTrue(
                line != null && line.startsWith("ready: "),
                () -> "it is not ready: " + line + "; " + read(folder.resolve("start.err")));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Ends it as a power cut would. */
    void kill() throws InterruptedException {
        Process killed = process.orElseThrow();
        killed.destroyForcibly();
        assertTrue(killed.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it cannot be killed");
        process = Optional.empty();
    }

    /** Runs one of its commands to its end. */
    Workbench.Outcome run(String... words) throws IOException, InterruptedException {
        Path out = Files.createTempFile("weft", ".out");
        Path err = Files.createTempFile("weft", ".err");
        Process run = builder(words)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            assertTrue(run.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "weft did not end: " + List.of(words));
            return new Workbench.Outcome(run.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            run.destroyForcibly();
            Files.delete(out);
            Files.delete(err);
        }
    }

    private ProcessBuilder builder(String... words) {
        List<String> line = new ArrayList<>(List.of(command.toString()));
        line.addAll(List.of(words));
        line.addAll(List.of("--home", folder.toString()));
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().remove("WEFT_HOME");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder;
    }

    @Override
    public void close() throws InterruptedException {
        if (process.isPresent()) {
            kill();
        }
    }
}
