package io.weft.client.internal.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.training.Outcome;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class ProcessTrainingTest {

    @TempDir
    Path root;

    private OneSite site;

    @BeforeEach
    void receiveAModel() throws IOException {
        site = OneSite.in(root);
    }

    private String failure(String behaviour, Map<String, Object> options) {
        return failure(FakeProgram.command(behaviour), options);
    }

    private String failure(List<String> command, Map<String, Object> options) {
        try (ProcessTraining training = site.training(new FakeJob(options), command)) {
            String message =
                    assertThrows(Refusal.class, () -> site.train(training, 1)).getMessage();
            assertFalse(message.contains("\n"), message);
            return message;
        }
    }

    private static void assertSays(String message, String... parts) {
        for (String part : parts) {
            assertTrue(message.contains(part), "'" + part + "' is not in: " + message);
        }
    }

    @Test
    void keepsOneProgramOverTheRounds() throws IOException {
        try (ProcessTraining training = site.training(new FakeJob(Map.of()), FakeProgram.command("train"))) {
            Outcome outcome = site.train(training, 1);
            assertEquals(7, outcome.steps());
            assertEquals(Map.of("loss", 0.5), outcome.metrics());
            assertArrayEquals(new float[] {2, 3, 4, 5}, site.updated());
            site.train(training, 2);
        }
        assertEquals("welcome north\nround 1\nround 2\nthe end\n", site.log());
    }

    @Test
    void passesOnWhatTheProgramWritesWhileItWorks() throws Exception {
        FakeJob job = new FakeJob(Map.of());
        try (ProcessTraining training = site.training(job, FakeProgram.command("train"))) {
            site.train(training, 1);
            assertEquals("welcome north", job.nextLine());
            assertEquals("round 1", job.nextLine());
        }
        assertEquals("the end", job.nextLine());
    }

    @Test
    void passesOnAllThatAProgramWritesDownBeforeItsAnswer() throws IOException {
        FakeJob job = new FakeJob(Map.of());
        try (ProcessTraining training = site.training(job, FakeProgram.command("write"))) {
            site.train(training, 1);
            assertEquals(1003, job.tracked().size());
            assertEquals("loss 999 Scalar[value=999.0]", job.tracked().get(999));
            assertEquals(
                    List.of(
                            "loss 1000 Scalar[value=NaN]",
                            "note 5 Text[text=half way]",
                            "weights 6 Histogram[min=-1.0, max=2.5, count=3.0, sum=0.0, sumOfSquares=0.0, "
                                    + "limits=[0.0, 2.5], counts=[1.0, 2.0]]"),
                    job.tracked().subList(1000, 1003));
        }
    }

    @Test
    void startsAProgramForEachTaskWhereTheJobSaysSo() throws IOException {
        try (ProcessTraining training =
                site.training(new FakeJob(Map.of("start", ProcessOptions.Start.TASK)), FakeProgram.command("train"))) {
            site.train(training, 1);
            site.train(training, 2);
        }
        assertEquals("welcome north\nround 1\nthe end\nwelcome north\nround 2\nthe end\n", site.log());
    }

    @Test
    void tellsAnExitCodeWithTheLastLines() {
        assertSays(failure("fail", Map.of()), "ended with exit code 3", "round 1 | ValueError: boom", "trainer.log");
    }

    @Test
    void tellsAnExitWithoutAnAnswer() {
        assertSays(failure("leave", Map.of()), "ended, with exit code 0, without an answer", "weft.is_running()");
    }

    @Test
    void tellsASignal() {
        assertSays(failure("kill", Map.of()), "was killed by signal 9 (SIGKILL");
    }

    @Test
    void tellsAProgramThatGivesNoSignOfLife() {
        assertSays(failure("hang", Map.of("silentSeconds", 0.3)), "hangs", "0.3 s (trainer.silentSeconds)");
    }

    @Test
    void tellsAProgramThatTakesTooLong() {
        assertSays(failure("hang", Map.of("taskSeconds", 0.3)), "has not answered for 0.3 s", "(trainer.taskSeconds)");
    }

    @Test
    void tellsAProgramThatNeverJoins() {
        assertSays(
                failure(List.of("/bin/sh", "-c", "echo here; exec sleep 1000"), Map.of("startSeconds", 3.0)),
                "has not called init for 3 s",
                "its last lines: here");
    }

    @Test
    void tellsAProgramThatCannotBeStarted() {
        assertSays(failure(List.of("no-such-program"), Map.of()), "'no-such-program' cannot be run", "PATH");
    }

    @Test
    void letsNobodyInWithoutTheToken() {
        assertSays(failure("wrong-token", Map.of()), "refused the token is not the one");
    }

    @Test
    void refusesAnAnswerWithoutParams() {
        assertSays(failure("no-params", Map.of()), "answered round 1 without params");
    }

    @Test
    void refusesAnotherShape() {
        assertEquals(
                "the program sent tensor 'w' as F32 [2, 2] where the model has F32 [4]",
                failure("other-shape", Map.of()));
    }

    @Test
    void refusesAnotherName() {
        assertSays(failure("other-name", Map.of()), "sent no tensor 'w'");
    }

    @Test
    void startsAProgramThatFailedAgainWhereTheJobSaysSo() throws IOException {
        FakeJob job = new FakeJob(Map.of("restarts", 1));
        try (ProcessTraining training = site.training(job, FakeProgram.command("fail-once"))) {
            site.train(training, 1);
        }
        assertArrayEquals(new float[] {2, 3, 4, 5}, site.updated());
        assertEquals(1, job.notes().size());
        assertSays(job.notes().get(0), "ended with exit code 4", "started again (1 of 1");
    }

    @Test
    void startsAProgramThatDidNotJoinAgainWhereTheJobSaysSo() throws IOException {
        AtomicInteger starts = new AtomicInteger();
        FakeJob job = new FakeJob(Map.of("restarts", 2, "startSeconds", 0.3));
        try (ProcessTraining training =
                site.training(job, List.of("/bin/sh", "-c", "exec sleep 1000"), starts::incrementAndGet)) {
            assertThrows(Refusal.class, () -> site.train(training, 1));
        }
        assertEquals(3, starts.get());
    }

    @Test
    void doesNotWaitForAProgramThatHungToEndByItself() {
        assertSays(failure("hang", Map.of("silentSeconds", 0.3, "stopSeconds", 1e6)), "hangs");
    }

    @Test
    void stopsTheWholeProcessTreeWhenTheJobIsStopped() throws Exception {
        FakeJob job = new FakeJob(Map.of());
        Path child = site.work().resolve("child");
        Files.createDirectories(site.work());
        try (ProcessTraining training = site.training(job, FakeProgram.command("hang"));
                WatchService watch = FileSystems.getDefault().newWatchService()) {
            site.work().register(watch, StandardWatchEventKinds.ENTRY_CREATE);
            CompletableFuture<Outcome> trained = new CompletableFuture<>();
            Thread thread = new Thread(() -> {
                try {
                    trained.complete(site.train(training, 1));
                } catch (IOException | RuntimeException e) {
                    trained.completeExceptionally(e);
                }
            });
            thread.start();
            while (!Files.exists(child)) {
                watch.take().reset();
            }
            ProcessHandle started =
                    ProcessHandle.of(Long.parseLong(Files.readString(child))).orElseThrow();
            job.cancel();
            assertThrows(CancellationException.class, trained::get);
            thread.join();
            started.onExit().get();
        }
    }
}
