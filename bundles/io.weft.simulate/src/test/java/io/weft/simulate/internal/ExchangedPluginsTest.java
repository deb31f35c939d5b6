package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.aggregator.fedavg.FederatedAveraging;
import io.weft.api.aggregation.Aggregation;
import io.weft.api.aggregation.Aggregator;
import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.Task;
import io.weft.api.training.Trainer;
import io.weft.quantizer.cast.Bfloat16;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import io.weft.simulate.SimulationResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a running job makes of plugins that are exchanged, removed and put back under it. */
@Timeout(300)
class ExchangedPluginsTest {

    @TempDir
    Path root;

    private Federation federation(Trainer trainer) throws IOException {
        return new Federation(root, trainer).site("north", 1, 1, 2, 3).site("south", 2, 4);
    }

    private Federation federation() throws IOException {
        return federation(FakeTrainer.ofTwoTensors(DType.F32));
    }

    /** Does something when the sites train in a round. */
    private static Trainer during(int round, Runnable what) {
        return new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected void beforeTraining(String site, Task task, JobContext job) {
                if (task.round() == round && site.equals("north")) {
                    what.run();
                }
            }
        };
    }

    /** Does something when both sites train in the first round: they have taken what they need for it, and look again in the next one. */
    private static Trainer whenBothTrain(Runnable what) {
        CyclicBarrier both = new CyclicBarrier(2, what);
        return new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected void beforeTraining(String site, Task task, JobContext job) throws IOException {
                if (task.round() == 1) {
                    try {
                        both.await();
                    } catch (InterruptedException | BrokenBarrierException e) {
                        throw new IOException("the test is over", e);
                    }
                }
            }
        };
    }

    private static Aggregator keepingTheModel() {
        return new Aggregator() {
            @Override
            public Aggregation open(JobContext job) {
                return round -> round.elements(
                        (global, sites, weights, out, count) -> System.arraycopy(global, 0, out, 0, count));
            }
        };
    }

    @Test
    void anAggregatorThatIsReplacedInARoundCountsFromTheNextOneOn() throws Exception {
        List<Federation> self = new ArrayList<>();
        Trainer trainer =
                during(2, () -> self.get(0).plugins().install(Aggregator.class, "fedavg", keepingTheModel(), "2.0.0"));
        Federation federation = federation(trainer);
        self.add(federation);

        assertEquals(JobState.FINISHED, federation.run("run").summary().state());

        assertEquals(List.of("1: 1.0.0", "2: 1.0.0", "3: 2.0.0"), leases("Aggregator"));
        SortedMap<String, byte[]> models = Federation.bytes(root.resolve("run"));
        assertArrayEquals(models.get("rounds/2/global.safetensors"), models.get("rounds/3/global.safetensors"));
    }

    @Test
    void anAggregatorThatIsRemovedPausesTheJobUntilItIsBack() throws Exception {
        List<Federation> self = new ArrayList<>();
        Trainer trainer = during(1, () -> self.get(0).plugins().remove(Aggregator.class, "fedavg"));
        Federation federation = federation(trainer);
        self.add(federation);
        List<JsonNode> states = new ArrayList<>();
        federation.watching(event -> {
            if (event instanceof JobEvent.StateChanged changed && changed.state() == JobState.WAITING) {
                states.add(state());
                federation.plugins().install(Aggregator.class, "fedavg", new FederatedAveraging(), "2.0.0");
            }
        });

        assertEquals(JobState.FINISHED, federation.run("run").summary().state());

        assertEquals(1, states.size());
        assertEquals("WAITING", states.get(0).get("state").asText());
        assertEquals(
                "aggregator 'fedavg' is not installed",
                states.get(0).get("reason").asText());
        assertEquals(1, states.get(0).get("round").asInt());
        assertEquals(List.of("RUNNING", "WAITING", "RUNNING", "FINISHED"), states());
        assertEquals(List.of("1: 1.0.0", "2: 2.0.0", "3: 2.0.0"), leases("Aggregator"));
        assertEquals(0, federation.plugins().open());
    }

    @Test
    void severalThatAreRemovedAreAwaitedTogether() throws Exception {
        List<Federation> self = new ArrayList<>();
        Federation federation = federation(whenBothTrain(() -> {
                    self.get(0).plugins().remove(Aggregator.class, "fedavg");
                    self.get(0).plugins().remove(Quantizer.class, "bf16");
                }))
                .parallel(2)
                .more("wire: {down: {quantizer: bf16}}\n");
        self.add(federation);
        federation.plugins().install(Quantizer.class, "bf16", new Bfloat16(), "1.0.0");
        List<String> reasons = new ArrayList<>();
        federation.watching(event -> {
            if (event instanceof JobEvent.StateChanged changed && changed.state() == JobState.WAITING) {
                reasons.add(changed.reason().orElse(""));
                if (reasons.size() == 1) {
                    federation.plugins().install(Aggregator.class, "fedavg", new FederatedAveraging(), "2.0.0");
                } else {
                    federation.plugins().install(Quantizer.class, "bf16", new Bfloat16(), "2.0.0");
                }
            }
        });

        assertEquals(JobState.FINISHED, federation.run("run").summary().state());

        assertEquals(
                List.of(
                        "aggregator 'fedavg' is not installed, quantizer 'bf16' is not installed",
                        "quantizer 'bf16' is not installed"),
                reasons);
        assertEquals(List.of("RUNNING", "WAITING", "WAITING", "RUNNING", "FINISHED"), states());
        assertEquals(List.of("1: 1.0.0", "2: 2.0.0", "3: 2.0.0"), leases("Aggregator"));
        assertEquals(0, federation.plugins().open());
    }

    @Test
    void severalThatAreMissingFromTheStartAreToldTogether() throws Exception {
        Federation federation = federation().more("track: [teller]\nwire: {up: {quantizer: int3}}\n");
        federation.plugins().remove(Aggregator.class, "fedavg");

        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));

        String file = root.resolve("job.yaml").toString();
        assertEquals(
                file
                        + ":1: aggregator 'fedavg' is not installed; there is none: drop the bundle of one into a plugins folder;"
                        + " and " + file
                        + ":7: quantizer 'int3' is not installed; there is none: drop the bundle of one into a plugins"
                        + " folder; and " + file
                        + ":6: tracker 'teller' is not installed; there is none: drop the bundle of one into a plugins folder",
                refusal.getMessage());
        assertEquals(0, federation.plugins().open());
    }

    @Test
    void aPauseChangesNoByte() throws Exception {
        federation().run("straight");
        List<Federation> self = new ArrayList<>();
        Federation federation = federation(during(2, () -> self.get(0).plugins().remove(Aggregator.class, "fedavg")));
        self.add(federation);
        federation.watching(event -> {
            if (event instanceof JobEvent.StateChanged changed && changed.state() == JobState.WAITING) {
                federation.plugins().install(Aggregator.class, "fedavg", new FederatedAveraging(), "1.0.0");
            }
        });
        federation.run("paused");

        SortedMap<String, byte[]> straight = Federation.bytes(root.resolve("straight"));
        Federation.bytes(root.resolve("paused"))
                .forEach((name, bytes) -> assertArrayEquals(straight.get(name), bytes, name));
    }

    @Test
    void aTrainerThatIsReplacedInATaskCountsFromTheNextOneOn() throws Exception {
        List<Federation> self = new ArrayList<>();
        Trainer trainer = during(2, () -> self.get(0)
                .plugins()
                .install(Trainer.class, "fake", FakeTrainer.ofTwoTensors(DType.F32), "2.0.0"));
        Federation federation = federation(trainer);
        self.add(federation);

        assertEquals(JobState.FINISHED, federation.run("run").summary().state());

        assertEquals(
                List.of("north 0: 1.0.0", "north 3: 2.0.0"),
                leases("Trainer").stream()
                        .filter(lease -> lease.startsWith("north"))
                        .toList());
        assertEquals(0, federation.plugins().open());
    }

    @Test
    void aTrainerThatIsRemovedPausesTheJobUntilItIsBack() throws Exception {
        List<Federation> self = new ArrayList<>();
        Federation federation = federation(during(1, () -> self.get(0).plugins().remove(Trainer.class, "fake")));
        self.add(federation);
        List<String> reasons = new ArrayList<>();
        federation.parallel(2).watching(event -> {
            if (event instanceof JobEvent.StateChanged changed && changed.state() == JobState.WAITING) {
                reasons.add(changed.reason().orElse(""));
                federation.plugins().install(Trainer.class, "fake", FakeTrainer.ofTwoTensors(DType.F32), "2.0.0");
            }
        });

        assertEquals(JobState.FINISHED, federation.run("run").summary().state());

        // Each site finds it missing by itself, and one may hear of its return before the other one looks.
        assertFalse(reasons.isEmpty());
        for (String reason : reasons) {
            assertEquals("trainer 'fake' is not installed", reason.replaceFirst("site '(north|south)': ", ""));
        }
        List<String> expected = new ArrayList<>(List.of("RUNNING"));
        reasons.forEach(pause -> expected.addAll(List.of("WAITING", "RUNNING")));
        expected.add("FINISHED");
        assertEquals(expected, states());
    }

    @Test
    void aTrainerThatExchangesOtherTensorsEndsTheJob() throws Exception {
        List<TensorSpec> others = List.of(TensorSpec.of("other", DType.F32, Shape.of(2)));
        List<Federation> self = new ArrayList<>();
        Trainer trainer =
                during(1, () -> self.get(0).plugins().install(Trainer.class, "fake", new FakeTrainer(others), "2.0.0"));
        Federation federation = federation(trainer);
        self.add(federation);

        SimulationResult result = federation.run("run");

        assertEquals(JobState.FAILED, result.summary().state());
        assertEquals(
                Optional.of(
                        "with the plugins that are installed now, the site would exchange other tensors than those the job"
                                + " began with; put the former plugins back, or start a new job"),
                result.reason().map(reason -> reason.replaceFirst("site '(north|south)': ", "")));
        assertEquals(0, federation.plugins().open());
    }

    @Test
    void aJobThatWaitsCanBeStopped() throws Exception {
        List<Federation> self = new ArrayList<>();
        Federation federation = federation(during(1, () -> self.get(0).plugins().remove(Aggregator.class, "fedavg")));
        self.add(federation);
        Thread runner = Thread.currentThread();
        federation.watching(event -> {
            if (event instanceof JobEvent.StateChanged changed && changed.state() == JobState.WAITING) {
                runner.interrupt();
            }
        });

        assertThrows(InterruptedException.class, () -> federation.run("run"));

        assertEquals("STOPPED", state().get("state").asText());
        assertEquals(0, federation.plugins().open());
    }

    private JsonNode state() {
        try {
            return Federation.json(root.resolve("run").resolve("state.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> states() throws IOException {
        return Federation.lines(root.resolve("run").resolve("events.jsonl")).stream()
                .filter(line -> line.get("event").asText().equals("state"))
                .map(line -> line.get("state").asText())
                .toList();
    }

    /** Round and version of each lease of a kind, with the site where there is one. */
    private List<String> leases(String kind) throws IOException {
        return Federation.lines(root.resolve("run").resolve("events.jsonl")).stream()
                .filter(line -> line.get("event").asText().equals("lease"))
                .filter(line -> line.get("kind").asText().equals(kind))
                .map(line -> (line.has("site") ? line.get("site").asText() + " " : "")
                        + line.get("round").asInt() + ": " + line.get("version").asText())
                .toList();
    }
}
