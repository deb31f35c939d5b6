package io.weft.launch.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.launch.Command;
import io.weft.launch.internal.CommandServer.Answering;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class CommandServerTest {

    private static final Duration LONG = Duration.ofMinutes(4);
    private static final Set<String> WORDS = Set.of("plugins", "jobs");

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Home home;

    @BeforeEach
    void chooseHome() {
        home = home(folder.resolve("home"));
    }

    @Test
    void passesWordsOutputAndExitCodeOn() throws Exception {
        try (CommandServer server = open("42", (words, out, err) -> {
            out.print(String.join("|", words));
            err.println("noted");
            return 3;
        })) {
            assertEquals(OptionalInt.of(3), ask("plugins", "--json", "", "ein Wört"));
        }
        assertEquals("plugins|--json||ein Wört", text(out));
        assertEquals("noted\n", text(err));
    }

    @Test
    void carriesMuchOutput() throws Exception {
        String much = "織る\n".repeat(100_000);
        try (CommandServer server = open("42", (words, out, err) -> {
            out.print(much);
            return 0;
        })) {
            ask("plugins");
        }
        assertEquals(much, text(out));
    }

    @Test
    void answersItsOwnWordsAlone() throws Exception {
        try (CommandServer server = open("42", (words, out, err) -> 0)) {
            assertEquals(OptionalInt.empty(), ask("simulate", "plugins"));
            assertEquals(OptionalInt.empty(), ask());
        }
    }

    @Test
    void aWordMayBeAnsweredOnlyWhereMoreFollow() throws Exception {
        try (CommandServer server = CommandServer.open(
                new CommandSocket(run("42")), Set.of("shell" + Command.WITH_MORE), (words, out, err) -> 0, () -> {})) {
            assertEquals(OptionalInt.empty(), ask("shell"));
            assertEquals(OptionalInt.of(0), ask("shell", "jobs"));
        }
    }

    @Test
    void whoHasRunForLongestAnswers() throws Exception {
        try (CommandServer young = open("1", (words, out, err) -> 1);
                CommandServer old = open("2", (words, out, err) -> 2);
                CommandServer middle = open("3", (words, out, err) -> 3)) {
            since("1", 3000);
            since("2", 1000);
            since("3", 2000);
            assertEquals(OptionalInt.of(2), ask("plugins"));
        }
    }

    @Test
    void whereAProcessWasKilledNobodyAnswers() throws Exception {
        new CommandSocket(run("42")).open(WORDS).close();

        assertEquals(OptionalInt.empty(), ask("plugins"));
    }

    @Test
    void leavesNothingBehind() throws Exception {
        open("42", (words, out, err) -> 0).close();

        try (Stream<Path> left = Files.list(run("42"))) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void aHomeWithALongPathWillDo() throws Exception {
        home = home(folder.resolve("long".repeat(30)).resolve("path".repeat(30)));
        Path elsewhere;
        try (CommandServer server = open("42", (words, out, err) -> 5)) {
            elsewhere = new CommandSocket(run("42")).address().getPath();
            assertTrue(elsewhere.toString().length() < 100, elsewhere.toString());
            assertEquals(OptionalInt.of(5), ask("plugins"));
        }
        assertFalse(Files.exists(elsewhere.getParent()));
    }

    @Test
    void whatAKilledProcessLeftElsewhereGoesWithItsRunFolder() throws Exception {
        home = home(folder.resolve("long".repeat(30)).resolve("path".repeat(30)));
        Path elsewhere;
        try (ServerSocketChannel killed = new CommandSocket(run("41")).open(WORDS)) {
            elsewhere = new CommandSocket(run("41")).address().getPath();
            assertTrue(Files.exists(elsewhere));
        }

        RunFolder.open(home.runs(), 42).close();

        assertFalse(Files.exists(elsewhere.getParent()));
        assertFalse(Files.exists(home.runs().resolve("41")));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void isItsOwnersAlone() throws Exception {
        try (RunFolder run = RunFolder.open(home.runs(), 42);
                ServerSocketChannel channel = new CommandSocket(run.path()).open(WORDS)) {
            Path socket = new CommandSocket(run.path()).address().getPath();
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(run.path())));
        }
    }

    @Test
    void aProcessThatHangsIsNamed() throws Exception {
        try (ServerSocketChannel hanging = new CommandSocket(run("42")).open(WORDS)) {
            var client = new CommandClient(home, Duration.ofMillis(20), stream(out), stream(err));
            assertEquals(OptionalInt.of(Command.FAILED), client.ask(List.of("plugins")));
        }
        assertTrue(text(err).startsWith("weft: process 42, which runs in the home " + home.root()), text(err));
        assertTrue(text(err).contains("kill 42"), text(err));
    }

    @Test
    void aProcessThatIsJustEndingIsPassedOver() throws Exception {
        try (ServerSocketChannel ending = new CommandSocket(run("42")).open(WORDS);
                Asking asking = new Asking("plugins")) {
            ending.accept().close();
            assertEquals(OptionalInt.empty(), asking.exit());
        }
    }

    @Test
    void whoAsksAndIsEndedEndsWhatWorksForIt() throws Exception {
        var begun = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        try (CommandServer server = open("42", waiting(begun, interrupted));
                Asking asking = new Asking("jobs")) {
            begun.await();
            asking.interrupt();
            interrupted.await();
            assertThrows(InterruptedException.class, asking::exit);
        }
    }

    @Test
    void aRuntimeThatEndsSaysSoToWhoAsked() throws Exception {
        var begun = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        CommandServer server = open("42", waiting(begun, interrupted));
        try (Asking asking = new Asking("jobs")) {
            begun.await();
            server.close();
            interrupted.await();
            assertEquals(OptionalInt.of(Command.FAILED), asking.exit());
        }
        assertTrue(text(err).contains("process 42, which runs in the home"), text(err));
    }

    @Test
    void manyAskAtATime() throws Exception {
        try (CommandServer server = open("42", (words, out, err) -> Integer.parseInt(words.get(1)))) {
            List<Asking> all = Stream.iterate(0, i -> i + 1)
                    .limit(30)
                    .map(i -> new Asking("jobs", i.toString()))
                    .toList();
            for (int i = 0; i < all.size(); i++) {
                assertEquals(OptionalInt.of(i), all.get(i).exit());
                all.get(i).close();
            }
        }
    }

    private static Answering waiting(CountDownLatch begun, CountDownLatch interrupted) {
        return (words, out, err) -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } finally {
                interrupted.countDown();
            }
            return 0;
        };
    }

    private static Home home(Path root) {
        return Home.choose(Optional.of(root), Optional.empty(), new Installation(root.resolve("none")), root);
    }

    private CommandServer open(String process, Answering answering) throws IOException {
        return CommandServer.open(new CommandSocket(run(process)), WORDS, answering, () -> {});
    }

    private Path run(String process) throws IOException {
        return Files.createDirectories(home.runs().resolve(process));
    }

    private void since(String process, long milliseconds) throws IOException {
        Files.setLastModifiedTime(run(process).resolve("commands.words"), FileTime.fromMillis(milliseconds));
    }

    private OptionalInt ask(String... words) throws IOException, InterruptedException {
        return new CommandClient(home, LONG, stream(out), stream(err)).ask(List.of(words));
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Somebody who asks while the test does something else. */
    private final class Asking implements AutoCloseable {

        private final ExecutorService thread = Executors.newSingleThreadExecutor();
        private final Future<OptionalInt> exit;

        Asking(String... words) {
            exit = thread.submit(() -> ask(words));
        }

        void interrupt() {
            thread.shutdownNow();
        }

        OptionalInt exit() throws Exception {
            try {
                return exit.get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }

        @Override
        public void close() {
            thread.shutdownNow();
        }
    }
}
