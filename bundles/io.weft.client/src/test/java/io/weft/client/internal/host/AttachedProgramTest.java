package io.weft.client.internal.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.training.Outcome;
import io.weft.client.internal.wire.JsonText;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs that the site does not start: they find it through the file that WEFT_ATTACH names. */
@Timeout(300)
class AttachedProgramTest {

    private static final String INVITATION = "waits for its trainer: start it with WEFT_ATTACH=";

    @TempDir
    Path root;

    private OneSite site;

    @BeforeEach
    void receiveAModel() throws IOException {
        site = OneSite.in(root);
    }

    private static FakeJob job(Map<String, Object> more) {
        Map<String, Object> options = new HashMap<>(more);
        options.put("start", ProcessOptions.Start.ATTACH);
        return new FakeJob(options);
    }

    /** A round of the job, in a thread of its own. */
    private CompletableFuture<Outcome> round(ProcessTraining training, int round) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return site.train(training, round);
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                },
                task -> new Thread(task, "round-" + round).start());
    }

    /** What a test does beside itself. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException;
    }

    static CompletableFuture<Void> inThread(Work work) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                },
                task -> new Thread(task, "work").start());
    }

    /** Starts a program as a person would who was told how. */
    private static Process attach(Path file, String behaviour) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(FakeProgram.command(behaviour))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("WEFT_ATTACH", file.toString());
        return builder.start();
    }

    private static Path invited(FakeJob job) throws InterruptedException {
        String line = job.nextLine();
        assertTrue(line.startsWith(INVITATION), line);
        return Path.of(line.substring(INVITATION.length()));
    }

    @Test
    void aTrainerThatJoinsGetsTheTasksOfAllRounds() throws Exception {
        FakeJob job = job(Map.of());
        Process trainer;
        Path file;
        try (ProcessTraining training = site.training(job, List.of())) {
            CompletableFuture<Outcome> first = round(training, 1);
            file = invited(job);
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            trainer = attach(file, "train");
            assertEquals(7, first.get().steps());
            assertArrayEquals(new float[] {2, 3, 4, 5}, site.updated());
            assertEquals(7, round(training, 2).get().steps());
        }
        assertEquals(0, trainer.waitFor(), "it is told that the job is over, and ends by itself");
        assertFalse(Files.exists(file), "nobody can join any more");
    }

    @Test
    void anotherOneMayComeInThePlaceOfOneThatLeft() throws Exception {
        FakeJob job = job(Map.of("restarts", 1));
        try (ProcessTraining training = site.training(job, List.of())) {
            CompletableFuture<Outcome> first = round(training, 1);
            attach(invited(job), "leave").waitFor();
            Process second = attach(invited(job), "train");
            assertEquals(7, first.get().steps());
            assertEquals(
                    "the attached trainer left the job without an answer, and goes on by itself; another"
                            + " one is waited for (1 of 1 times in this round)",
                    job.notes().get(0));
            training.close();
            assertEquals(0, second.waitFor());
        }
    }

    /** A trainer's end of the channel that does as a test says. */
    private record Trainer(SocketChannel site, BufferedReader lines) implements AutoCloseable {

        /** Connects, without a word. */
        static Trainer silent(Path file) throws IOException {
            String control = (String) JsonText.object(Files.readString(file)).get("control");
            SocketChannel site = SocketChannel.open(UnixDomainSocketAddress.of(control));
            return new Trainer(
                    site,
                    new BufferedReader(new InputStreamReader(Channels.newInputStream(site), StandardCharsets.UTF_8)));
        }

        Map<String, Object> next() throws IOException {
            return JsonText.object(lines.readLine());
        }

        /** Says hello; what the site answers. */
        Map<String, Object> hello(Path file) throws IOException {
            Object token = JsonText.object(Files.readString(file)).get("token");
            FakeProgram.tell(site, Map.of("type", "hello", "protocol", 1, "token", token, "pid", 42));
            return next();
        }

        /** Joins, as soon as the site knows that the one before has left. */
        static Trainer joined(Path file) throws IOException {
            while (true) {
                Trainer trainer = silent(file);
                if (trainer.hello(file).get("type").equals("welcome")) {
                    return trainer;
                }
                trainer.close();
            }
        }

        void answer() throws IOException {
            FakeProgram.addOne(next(), FakeProgram.WEIGHT, site);
        }

        @Override
        public void close() throws IOException {
            site.close();
        }
    }

    @Test
    void oneThatComesBackAtOnceGetsTheTaskThatItLeft() throws Exception {
        FakeJob job = job(Map.of("restarts", 1));
        try (ProcessTraining training = site.training(job, List.of())) {
            CompletableFuture<Outcome> first = round(training, 1);
            Path file = invited(job);
            try (Trainer trainer = Trainer.joined(file)) {
                assertEquals("task", trainer.next().get("type"));
            }
            try (Trainer again = Trainer.joined(file)) {
                again.answer();
                assertEquals(7, first.get().steps());
                CompletableFuture<Outcome> second = round(training, 2);
                again.answer();
                assertEquals(7, second.get().steps());
            }
        }
    }

    @Test
    void oneThatComesBackBetweenTwoRoundsCostsNothing() throws Exception {
        FakeJob job = job(Map.of());
        try (ProcessTraining training = site.training(job, List.of())) {
            CompletableFuture<Outcome> first = round(training, 1);
            Path file = invited(job);
            try (Trainer trainer = Trainer.joined(file)) {
                trainer.answer();
                first.get();
            }
            try (Trainer again = Trainer.joined(file)) {
                CompletableFuture<Outcome> second = round(training, 2);
                again.answer();
                assertEquals(7, second.get().steps());
            }
        }
    }

    @Test
    void aSecondOneIsToldThatAnotherIsThere() throws Exception {
        FakeJob job = job(Map.of());
        try (ProcessTraining training = site.training(job, List.of())) {
            CompletableFuture<Outcome> first = round(training, 1);
            Path file = invited(job);
            try (Trainer trainer = Trainer.joined(file);
                    Trainer second = Trainer.silent(file)) {
                assertEquals(
                        Map.of(
                                "type",
                                "refused",
                                "reason",
                                "another trainer is joined already (process 42); one can be at a time, and another"
                                        + " one when it has left"),
                        second.hello(file));
                trainer.answer();
                assertEquals(7, first.get().steps());
            }
        }
    }

    @Test
    void oneThatSaysNothingKeepsNobodyOut() throws Exception {
        FakeJob job = job(Map.of());
        try (ProcessTraining training = site.training(job, List.of())) {
            CompletableFuture<Outcome> first = round(training, 1);
            Path file = invited(job);
            try (Trainer silent = Trainer.silent(file);
                    Trainer trainer = Trainer.joined(file)) {
                trainer.answer();
                assertEquals(7, first.get().steps());
                assertTrue(silent.site().isOpen());
            }
        }
    }

    @Test
    void oneWithAnotherTokenIsToldSo() throws Exception {
        FakeJob job = job(Map.of());
        try (ProcessTraining training = site.training(job, List.of())) {
            CompletableFuture<Outcome> first = round(training, 1);
            Path file = invited(job);
            try (Trainer stranger = Trainer.silent(file)) {
                FakeProgram.tell(stranger.site(), Map.of("type", "hello", "protocol", 1, "token", "mine"));
                assertEquals(
                        "the token is not the one that this site gave to its program",
                        stranger.next().get("reason"));
            }
            try (Trainer trainer = Trainer.joined(file)) {
                trainer.answer();
                assertEquals(7, first.get().steps());
            }
        }
    }

    @Test
    void oneThatDoesNotComeIsToldOf() {
        FakeJob job = job(Map.of("startSeconds", 0.2));
        try (ProcessTraining training = site.training(job, List.of())) {
            String message =
                    assertThrows(Refusal.class, () -> site.train(training, 1)).getMessage();
            assertTrue(
                    message.startsWith("the attached trainer has not joined for 0.2 s; start it with WEFT_ATTACH="),
                    message);
        }
    }

    @Test
    void aStoppedJobWaitsForNobody() throws Exception {
        FakeJob job = job(Map.of());
        try (ProcessTraining training = site.training(job, List.of())) {
            CompletableFuture<Outcome> first = round(training, 1);
            invited(job);
            job.cancel();
            Throwable cause = assertThrows(ExecutionException.class, first::get).getCause();
            assertInstanceOf(CancellationException.class, cause);
        }
    }
}
