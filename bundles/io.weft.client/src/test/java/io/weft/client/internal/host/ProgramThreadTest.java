package io.weft.client.internal.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.client.FLModel;
import io.weft.client.SummaryWriter;
import io.weft.client.Tensor;
import io.weft.client.TrainingProgram;
import io.weft.client.Weft;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs on the Client API in threads of the site's process. */
@Timeout(300)
class ProgramThreadTest {

    @TempDir
    Path root;

    private OneSite site;

    @BeforeEach
    void receiveAModel() throws IOException {
        site = OneSite.in(root);
    }

    private ProcessTraining training(FakeJob job, int restarts, TrainingProgram program, String... arguments) {
        Limits limits = new Limits(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 0, 30);
        return site.training(
                job,
                (welcome, reports) ->
                        new ProgramThread("iris", program, List.of(arguments), log(), job, limits, welcome, reports),
                new Terms(false, restarts, Map.of()));
    }

    private Path log() {
        return root.resolve("work").resolve("trainer.log");
    }

    /** Adds what it is told to. */
    private static void add(List<String> arguments) {
        float more = Float.parseFloat(arguments.get(0));
        Weft.init();
        while (Weft.isRunning()) {
            Map<String, Tensor> params = Weft.receive().params();
            Weft.log("asked", Weft.receive().currentRound());
            new SummaryWriter().addText("note", "half way", 5);
            float[] values = params.get("w").floats();
            for (int i = 0; i < values.length; i++) {
                values[i] += more;
            }
            Weft.send(FLModel.of(Map.of("w", Tensor.of(values))).steps(3).metric("loss", 0.5));
        }
    }

    @Test
    void trainsWithTheSameApi() throws IOException {
        FakeJob job = new FakeJob(Map.of());
        try (ProcessTraining training = training(job, 0, ProgramThreadTest::add, "2")) {
            assertEquals(3, site.train(training, 1).steps());
            assertArrayEquals(new float[] {3, 4, 5, 6}, site.updated());
            assertEquals(Map.of("loss", 0.5), site.train(training, 2).metrics());
        }
        assertEquals(
                List.of(
                        "asked 0 Scalar[value=0.0]",
                        "note 5 Text[text=half way]",
                        "asked 1 Scalar[value=1.0]",
                        "note 5 Text[text=half way]"),
                job.tracked());
    }

    @Test
    void sitesInOneProcessDoNotMix() throws Exception {
        OneSite other = OneSite.in(root.resolve("other"));
        FakeJob job = new FakeJob(Map.of());
        CountDownLatch bothAsked = new CountDownLatch(2);
        TrainingProgram together = arguments -> {
            bothAsked.countDown();
            bothAsked.await();
            add(arguments);
        };
        try (ProcessTraining one = training(job, 0, together, "1");
                ProcessTraining two = other.training(
                        job,
                        (welcome, reports) -> new ProgramThread(
                                "iris",
                                together,
                                List.of("10"),
                                root.resolve("other.log"),
                                job,
                                new Limits(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 0, 30),
                                welcome,
                                reports),
                        new Terms(false, 0, Map.of()))) {
            CompletableFuture<Void> first = AttachedProgramTest.inThread(() -> site.train(one, 1));
            CompletableFuture<Void> second = AttachedProgramTest.inThread(() -> other.train(two, 1));
            first.get();
            second.get();
        }
        assertArrayEquals(new float[] {2, 3, 4, 5}, site.updated());
        assertArrayEquals(new float[] {11, 12, 13, 14}, other.updated());
    }

    @Test
    void tellsWhatWasThrownAndWhere() {
        TrainingProgram failing = arguments -> {
            throw new IllegalStateException("no records");
        };
        try (ProcessTraining training = training(new FakeJob(Map.of()), 0, failing)) {
            String message =
                    assertThrows(Refusal.class, () -> site.train(training, 1)).getMessage();
            assertTrue(
                    message.startsWith("the program 'iris' threw java.lang.IllegalStateException: no records, at"
                            + " ProgramThreadTest.java:"),
                    message);
        }
    }

    @Test
    void whatItAndItsThreadsPrintIsItsOwn() throws Exception {
        FakeJob job = new FakeJob(Map.of());
        TrainingProgram printing = arguments -> {
            System.out.println("ten records");
            Thread other = new Thread(() -> System.err.print("one is bad"));
            other.start();
            other.join();
            add(arguments);
        };
        PrintStream before = System.out;
        ByteArrayOutputStream elsewhere = new ByteArrayOutputStream();
        System.setOut(new PrintStream(elsewhere, true, StandardCharsets.UTF_8));
        PrintStream replaced = System.out;
        try (ProcessTraining training = training(job, 0, printing, "1")) {
            site.train(training, 1);
            System.out.print("of somebody else");
        } finally {
            assertSame(replaced, System.out);
            System.setOut(before);
        }
        assertEquals("of somebody else", elsewhere.toString(StandardCharsets.UTF_8));
        assertEquals(List.of("ten records", "one is bad"), List.of(job.nextLine(), job.nextLine()));
        assertEquals("ten records\none is bad\n", Files.readString(log()));
    }

    @Test
    void tellsWhatItPrintedLast() {
        TrainingProgram failing = arguments -> {
            System.out.println("reading records");
            throw new IllegalStateException("no records");
        };
        try (ProcessTraining training = training(new FakeJob(Map.of()), 0, failing)) {
            String message =
                    assertThrows(Refusal.class, () -> site.train(training, 1)).getMessage();
            assertTrue(message.endsWith("; its last lines: reading records; all of them are in " + log()), message);
        }
    }

    @Test
    void tellsThatItEndedWithoutAnAnswer() {
        try (ProcessTraining training = training(new FakeJob(Map.of()), 0, arguments -> {})) {
            assertEquals(
                    "the program 'iris' ended without an answer; it must go on while Weft.isRunning(); it wrote"
                            + " nothing",
                    assertThrows(Refusal.class, () -> site.train(training, 1)).getMessage());
        }
    }

    @Test
    void startsItAgainWhereTheJobSaysSo() throws IOException {
        CountDownLatch failed = new CountDownLatch(1);
        FakeJob job = new FakeJob(Map.of());
        TrainingProgram once = arguments -> {
            if (failed.getCount() > 0) {
                failed.countDown();
                throw new IOException("no luck");
            }
            add(arguments);
        };
        try (ProcessTraining training = training(job, 1, once, "1")) {
            site.train(training, 1);
        }
        assertArrayEquals(new float[] {2, 3, 4, 5}, site.updated());
        assertTrue(
                job.notes().get(0).endsWith("; it is started again (1 of 1 times in this round)"),
                job.notes()::toString);
    }

    @Test
    void isInterruptedWhenTheJobIsStopped() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        FakeJob job = new FakeJob(Map.of());
        TrainingProgram waiting = arguments -> {
            Weft.init();
            Weft.isRunning();
            asked.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        };
        try (ProcessTraining training = training(job, 0, waiting)) {
            CompletableFuture<Void> trained = AttachedProgramTest.inThread(() -> site.train(training, 1));
            asked.await();
            job.cancel();
            Throwable cause =
                    assertThrows(ExecutionException.class, trained::get).getCause();
            assertInstanceOf(CancellationException.class, cause);
            interrupted.await();
        }
    }
}
