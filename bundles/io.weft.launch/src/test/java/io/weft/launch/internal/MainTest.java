package io.weft.launch.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.launch.Command;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

class MainTest {

    @TempDir
    Path folder;

    private Path home;

    @BeforeEach
    void lay() throws IOException {
        home = folder.resolve("home");
        Manifest manifest = BundleJars.manifest("waiting");
        manifest.getMainAttributes().putValue("Bundle-Activator", WaitingActivator.class.getName());
        manifest.getMainAttributes().putValue("Import-Package", "org.osgi.framework, io.weft.launch");
        BundleJars.write(
                Files.createDirectories(folder.resolve("installation/bundle")).resolve("waiting.jar"),
                manifest,
                List.of(WaitingActivator.class, Waiting.class));
    }

    @Test
    void endsWithTheExitCodeOfTheCommand() throws Exception {
        Process process = start("exit", "7");

        assertEquals(7, process.waitFor());
        assertEquals(List.of("lock"), runs());
    }

    @Test
    void saysInOneLineWhatTheCommandThrew() throws Exception {
        Process process = start("throw", "no luck");

        assertEquals(Command.FAILED, process.waitFor());
        String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, said.lines().count(), said);
        assertTrue(said.contains("no luck"), said);
        assertTrue(Files.readString(home.resolve("data/log/weft.log")).contains("no luck"));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void letsTheCommandLeaveEverythingInOrderWhenTheProcessIsAskedToEnd() throws Exception {
        Process process = start("wait");
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("waiting", out.readLine());

            // Through the handle, which leaves the streams open.
            assertTrue(process.toHandle().destroy());

            assertEquals("in order", out.readLine());
            assertEquals(Command.INTERRUPTED, process.waitFor());
        }
        assertEquals(List.of("lock"), runs());
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatAProcessThatRunsInTheHomeAnswersStartsNoFramework() throws Exception {
        Process waiting = start("wait");
        try (BufferedReader out = waiting.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("waiting", out.readLine());

            Process asking = start("who", "are you");
            String said = new String(asking.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(9, asking.waitFor());
            assertEquals(waiting.pid() + " [who, are you]\n", said);

            assertEquals(7, start("exit", "7").waitFor());
            assertTrue(waiting.toHandle().destroy());
            assertEquals("in order", out.readLine());
            waiting.waitFor();
        }
        assertEquals(0, start("who").waitFor());
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whoAsksAProcessToEndWaitsUntilItIsGone() throws Exception {
        Process waiting = start("wait");
        try (BufferedReader out = waiting.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("waiting", out.readLine());

            Process asking = start("end");

            assertEquals(0, asking.waitFor());
            assertEquals(List.of("lock"), runs());
            assertEquals("in order", out.readLine());
            assertEquals(0, waiting.waitFor());
        }
    }

    private List<String> runs() throws IOException {
        try (Stream<Path> left = Files.list(home.resolve("data/run"))) {
            return left.map(path -> path.getFileName().toString()).toList();
        }
    }

    private Process start(String... words) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // As bin/weft does: newer Javas would say something of their own.
                "-XX:+IgnoreUnrecognizedVMOptions",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "-Dweft.installation=" + folder.resolve("installation"),
                Main.class.getName(),
                "--home",
                home.toString()));
        line.addAll(List.of(words));
        return new ProcessBuilder(line).start();
    }

    /** Registers a command. */
    public static final class WaitingActivator implements BundleActivator {

        private ServiceRegistration<Command> registration;

        @Override
        public void start(BundleContext context) {
            registration = context.registerService(Command.class, new Waiting(), null);
        }

        @Override
        public void stop(BundleContext context) {
            registration.unregister();
        }
    }

    /** Exits, throws or waits, as it is told; while it waits it says who it is. */
    public static final class Waiting implements Command {

        @Override
        public int run(List<String> arguments, PrintStream out, PrintStream err) throws IOException {
            switch (arguments.get(0)) {
                case "exit" -> {
                    return Integer.parseInt(arguments.get(1));
                }
                case "throw" -> throw new IOException(arguments.get(1));
                case "wait" -> {
                    out.println("waiting");
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        out.println("in order");
                    }
                    return DONE;
                }
                default -> {
                    return DONE;
                }
            }
        }

        @Override
        public Set<String> answers(List<String> arguments) {
            return arguments.get(0).equals("wait") ? Set.of("who", "end") : Set.of();
        }

        @Override
        public int answer(List<String> arguments, PrintStream out, PrintStream err) {
            if (arguments.equals(List.of("end"))) {
                return ENDING;
            }
            out.println(ProcessHandle.current().pid() + " " + arguments);
            return 9;
        }
    }
}
