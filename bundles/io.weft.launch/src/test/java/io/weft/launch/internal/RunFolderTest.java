package io.weft.launch.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {

    @TempDir
    Path runs;

    @Test
    void isNamedAfterItsProcessAndGoesWithIt() throws IOException {
        Path path;
        try (RunFolder run = RunFolder.open(runs, 42)) {
            path = run.path();
            assertEquals(runs.resolve("42"), path);
            Files.createDirectories(path.resolve("cache/bundle1"));
            Files.writeString(path.resolve("cache/bundle1/bundle.info"), "1");
        }
        assertFalse(Files.exists(path));
    }

    @Test
    void whatADeadProcessLeftIsRemoved() throws IOException {
        Path unlocked = Files.createDirectories(runs.resolve("41"));
        Files.writeString(unlocked.resolve("lock"), "");
        Path neverLocked = Files.createDirectories(runs.resolve("40/cache"));

        try (RunFolder run = RunFolder.open(runs, 42)) {
            assertTrue(Files.exists(run.path()));
        }

        assertFalse(Files.exists(unlocked));
        assertFalse(Files.exists(neverLocked));
    }

    @Test
    void whatALivingProcessHoldsStays() throws IOException, InterruptedException {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        runs.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said = other.inputReader(StandardCharsets.UTF_8);
                OutputStream held = other.getOutputStream()) {
            Path held42 = Path.of(said.readLine());
            try (RunFolder second = RunFolder.open(runs, 42)) {
                assertNotEquals(held42, second.path());
                assertTrue(Files.exists(held42));
            }
            held.write('\n');
        }
        assertEquals(0, other.waitFor(), "the other process removes its folder before it ends");
    }

    /** Another process: opens a run folder, names it, keeps it until its input ends. */
    static final class Holder {

        private Holder() {}

        public static void main(String[] arguments) throws IOException {
            try (RunFolder run = RunFolder.open(Path.of(arguments[0]), 42);
                    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
                System.out.println(run.path());
                in.readLine();
            }
        }
    }
}
