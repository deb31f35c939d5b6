package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.distribution.tests.process.Workbench.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Plugins that never come back, or always fail: the job goes on as far as it can, and one line says which one it was. */
@Timeout(900)
class ObstinatePluginsTest {

    private static final String JOB = """
            name: obstinate
            workflow: {type: fedavg, rounds: 2}
            model: {backend: hf, base: base}
            strategy: {type: lora, rank: 2, alpha: 4, targets: [q_proj, v_proj]}
            data: {train: words, validate: words-eval}
            train: {lr: 1.0e-2, batch: 2, epochs: 1, seed: 7}
            """;

    private static Workbench workbench;

    @TempDir
    Path work;

    private PluginTalk talk;

    @BeforeAll
    static void unpack() throws IOException, InterruptedException {
        workbench = Workbench.unpacked();
    }

    @BeforeEach
    void lay() throws IOException {
        Federation.lay(work, "north", "south", "west");
        talk = PluginTalk.open();
    }

    @AfterEach
    void hangUp() throws IOException, InterruptedException {
        talk.close();
    }

    @Test
    void aTrainerThatHangsPastTheDeadlineIsNamedWithItsThread() throws Exception {
        install("stubborn", "Stubborn", """
                import io.weft.api.plugin.*;
                import io.weft.api.tensor.*;
                import io.weft.api.training.*;
                import java.io.IOException;
                import java.util.*;
                import java.util.concurrent.CountDownLatch;
                import org.osgi.service.component.annotations.*;
                @Component(property = Plugin.NAME + "=stubborn")
                public final class Stubborn implements Trainer {
                    @Override public Training open(JobContext job, TrainingSetup setup) {
                        return new Training() {
                            @Override public Manifest manifest() {
                                return new Manifest("model.safetensors",
                                    List.of(TensorSpec.of("w", DType.F32, Shape.of(3))), List.of(), "");
                            }
                            @Override public void initial(TensorWriter out) throws IOException {
                                out.write(out.manifest().tensors().get(0), 0, new float[3], 3);
                            }
                            @Override public Outcome train(Task task, TensorReader received, TensorWriter update)
                                    throws IOException {
                                if (job.site().get().equals("west")) {
                                    hang();
                                }
                                initial(update);
                                return validate(task, received);
                            }
                            @Override public Outcome validate(Task task, TensorReader received) {
                                return new Outcome(1, 1, 1, new TreeMap<>());
                            }
                            @Override public void close() {}
                        };
                    }
                    private static void hang() {
                        while (true) {
                            try {
                                new CountDownLatch(1).await();
                            } catch (InterruptedException e) {
                                // It is stubborn.
                            }
                        }
                    }
                }
                """);

        Outcome outcome = simulate("""
                name: obstinate
                workflow: {type: fedavg, rounds: 2, sites: {min: 2, deadline: 2s}}
                model: {base: base}
                trainer: stubborn
                """);

        assertEquals(0, outcome.exit(), outcome.out() + outcome.err());
        List<String> told = outcome.lines().stream()
                .filter(line -> line.contains("does not stop, "))
                .toList();
        assertEquals(1, told.size(), outcome.out());
        assertTrue(
                told.get(0)
                        .matches(
                                "note: west: trainer 'stubborn' does not stop, and is left to itself: thread west-[0-9]+"
                                        + " is in test\\.stubborn\\.Stubborn\\.hang"),
                told.get(0));
        assertTrue(
                outcome.out().contains("west was late in round 1: nothing within the deadline of 2s"), outcome.out());
    }

    @Test
    void aTrackerThatNeverReturnsCostsItsOwnValues() throws Exception {
        tracker("blocking", "new java.util.concurrent.CountDownLatch(1).await();");

        Outcome outcome = simulate(JOB + "track: [blocking, tensorboard]\n");

        assertEquals(0, outcome.exit(), outcome.out() + outcome.err());
        assertTold(
                outcome,
                "note: tracker 'blocking' did not get [0-9]+ of [0-9]+ values \\(it was busy with one of them for 15 s\\);"
                        + " metrics.jsonl has all that Weft measured.*");
        assertTrue(Files.isDirectory(work.resolve("run/tracking/tensorboard/global")), "the other one has them");
    }

    @Test
    void aTrackerWhoseDiskIsFullIsToldOfOnce() throws Exception {
        tracker("full", "throw new java.io.IOException(\"No space left on device\");");

        Outcome outcome = simulate(JOB + "track: [full]\n");

        assertEquals(0, outcome.exit(), outcome.out() + outcome.err());
        assertTold(
                outcome,
                "note: tracker 'full' failed \\(java.io.IOException: No space left on device\\); the job goes on without it"
                        + " until the next round");
    }

    @Test
    void anAggregatorThatLeavesAThreadBehindIsNamedWithIt() throws Exception {
        install("leaving", "Leaving", """
                import io.weft.api.aggregation.*;
                import io.weft.api.plugin.*;
                import java.util.concurrent.*;
                import org.osgi.service.component.annotations.*;
                @Component(property = Plugin.NAME + "=leaving")
                public final class Leaving implements Aggregator {
                    private final ExecutorService pool = Executors.newFixedThreadPool(1, work -> {
                        Thread thread = new Thread(work, "of-leaving");
                        thread.setDaemon(true);
                        return thread;
                    });
                    @Override public Aggregation open(JobContext job) {
                        return round -> {
                            pool.execute(() -> {});
                            round.elements((global, sites, weights, out, count) ->
                                System.arraycopy(sites[0], 0, out, 0, count));
                        };
                    }
                }
                """);

        Outcome outcome = simulate(JOB.replace("rounds: 2", "rounds: 1") + "aggregator: leaving\n");

        assertEquals(0, outcome.exit(), outcome.out() + outcome.err());
        assertTold(
                outcome,
                "note: aggregator 'leaving' \\(test.leaving 1.0.0\\) is done, but its thread 'of-leaving' goes on and keeps"
                        + " its classes in memory; the plugin must end it in close\\(\\)");
    }

    private static void assertTold(Outcome outcome, String line) {
        assertEquals(
                1, outcome.lines().stream().filter(one -> one.matches(line)).count(), outcome.out());
        assertEquals("", outcome.err());
        assertTrue(outcome.out().contains("\nFINISHED\n"), outcome.out());
    }

    private void tracker(String name, String scalar) throws IOException {
        install(name, "Sink", """
                import io.weft.api.plugin.*;
                import io.weft.api.tracking.*;
                import java.nio.file.Path;
                import java.util.Optional;
                import org.osgi.service.component.annotations.*;
                @Component(property = Plugin.NAME + "=%s")
                public final class Sink implements Tracker {
                    @Override public Tracking open(JobContext job, Path folder) {
                        return new Tracking() {
                            @Override public void scalar(Optional<String> site, String tag, long step, double value)
                                    throws java.io.IOException {
                                try {
                                    take();
                                } catch (InterruptedException e) {
                                    throw new java.io.IOException(e);
                                }
                            }
                            @Override public void close() {}
                        };
                    }
                    private static void take() throws java.io.IOException, InterruptedException {
                        %s
                    }
                }
                """.formatted(name, scalar));
    }

    private void install(String name, String type, String source) throws IOException {
        PluginProject.of(name, workbench.root(), talk)
                .type(type, source)
                .built(work.resolve("projects"))
                .dropInto(work.resolve("home/plugins"), "1.0.0");
    }

    private Outcome simulate(String job) throws IOException, InterruptedException {
        Files.writeString(work.resolve("job.yaml"), job);
        return workbench.run(
                "simulate",
                work.resolve("job.yaml").toString(),
                "--out",
                work.resolve("run").toString(),
                "--home",
                work.resolve("home").toString());
    }
}
