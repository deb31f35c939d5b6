package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.api.exchange.Quantizer;
import io.weft.api.filter.Filtering;
import io.weft.api.filter.UpdateFilter;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.training.TrainingSetup;
import io.weft.privacy.Clip;
import io.weft.privacy.Exclude;
import io.weft.quantizer.cast.Bfloat16;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import io.weft.simulate.SimulationResult;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What leaves a site has passed the job's filters, however it is sent. */
@Timeout(120)
class FiltersTest {

    private static final String CLIP = "filters: [{type: clip, norm: 0.5}]\n";

    @TempDir
    Path root;

    private Federation federation(FakeTrainer trainer, String more) throws IOException {
        Federation federation = new Federation(root, trainer)
                .site("north", 1, 1, 2, 3)
                .site("south", 2, 4)
                .more(more);
        federation.plugins().install(UpdateFilter.class, "clip", new Clip(), "1.0.0");
        federation.plugins().install(UpdateFilter.class, "exclude", new Exclude(), "1.0.0");
        federation.plugins().install(Quantizer.class, "bf16", new Bfloat16(), "1.0.0");
        return federation;
    }

    private Federation federation(String more) throws IOException {
        return federation(FakeTrainer.ofTwoTensors(DType.F32), more);
    }

    private static void finishes(SimulationResult result) {
        assertEquals(
                JobState.FINISHED, result.summary().state(), result.reason().toString());
    }

    private float[] tensor(String file, TensorSpec tensor) throws IOException {
        try (TensorReader model = Safetensors.open(root.resolve("run").resolve(file))) {
            float[] values = new float[(int) tensor.elements()];
            model.read(model.manifest().tensor(tensor.name()).orElseThrow(), 0, values, values.length);
            return values;
        }
    }

    /** The norm of what a site sent in the last round: of the difference, or of the weights less those it was sent. */
    private double norm(String site, boolean difference) throws IOException {
        double squares = 0;
        for (TensorSpec tensor : FakeTrainer.twoTensors(DType.F32)) {
            float[] sent = tensor("rounds/3/updates/" + site + ".safetensors", tensor);
            float[] before = tensor("rounds/2/global.safetensors", tensor);
            for (int i = 0; i < sent.length; i++) {
                squares += Math.pow((double) sent[i] - (difference ? 0 : before[i]), 2);
            }
        }
        return Math.sqrt(squares);
    }

    @ParameterizedTest
    @ValueSource(strings = {"weights", "difference"})
    void clipsTheDifferenceToTheReceivedModelHoweverItIsSent(String send) throws Exception {
        Federation federation = federation(CLIP + "wire: {send: " + send + "}\n");
        finishes(federation.run("run"));

        for (String site : List.of("north", "south")) {
            assertEquals(0.5, norm(site, send.equals("difference")), 1e-4, site);
        }
        assertEquals(0, federation.plugins().open(), "leases");
    }

    @ParameterizedTest
    @ValueSource(strings = {"weights", "difference"})
    void keepsExcludedTensorsAsTheyWere(String send) throws Exception {
        Federation federation = federation("filters: [{type: exclude, tensors: b}]\nwire: {send: " + send + "}\n");
        finishes(federation.run("run"));

        List<TensorSpec> tensors = FakeTrainer.twoTensors(DType.F32);
        assertArrayEquals(
                tensor("rounds/0/global.safetensors", tensors.get(0)),
                tensor("rounds/3/global.safetensors", tensors.get(0)));
        assertEquals(
                List.of(0f, 0f),
                List.of(
                        difference(tensors.get(0), "north", send.equals("difference")),
                        difference(tensors.get(0), "south", send.equals("difference"))));
        assertTrue(difference(tensors.get(1), "north", send.equals("difference")) > 0);
    }

    private float difference(TensorSpec tensor, String site, boolean difference) throws IOException {
        float[] sent = tensor("rounds/3/updates/" + site + ".safetensors", tensor);
        float[] before = tensor("rounds/2/global.safetensors", tensor);
        float largest = 0;
        for (int i = 0; i < sent.length; i++) {
            largest = Math.max(largest, Math.abs(sent[i] - (difference ? 0 : before[i])));
        }
        return largest;
    }

    @ParameterizedTest
    @ValueSource(strings = {"{send: weights}", "{send: difference}", "{up: bf16, down: bf16}"})
    void whatNoFilterChangesLeavesBitForBit(String wire) throws Exception {
        federation("wire: " + wire + "\n").run("plain");
        federation("filters: [{type: clip, norm: 1.0e+9}]\nwire: " + wire + "\n")
                .run("run");

        assertSame("plain", "run");
    }

    private void assertSame(String one, String other) throws IOException {
        SortedMap<String, byte[]> expected = Federation.bytes(root.resolve(one));
        SortedMap<String, byte[]> found = Federation.bytes(root.resolve(other));
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, bytes) -> assertArrayEquals(bytes, found.get(name), name));
    }

    /** Halves what it sees, and writes down the largest norm. */
    private static final class Halving implements UpdateFilter {

        private final List<Double> seen = new ArrayList<>();

        @Override
        public Filtering open(JobContext job, int round, TensorReader received) {
            double[] squares = {0};
            return new Filtering() {
                @Override
                public boolean needsSurvey() {
                    return true;
                }

                @Override
                public void survey(TensorSpec tensor, long first, float[] piece, int count) {
                    for (int i = 0; i < count; i++) {
                        squares[0] += piece[i] * piece[i];
                    }
                }

                @Override
                public Optional<String> refuse(Outcome outcome) {
                    seen.add(Math.sqrt(squares[0]));
                    return Optional.empty();
                }

                @Override
                public void apply(TensorSpec tensor, long first, float[] piece, int count) {
                    for (int i = 0; i < count; i++) {
                        piece[i] /= 2;
                    }
                }
            };
        }
    }

    @Test
    void eachFilterSeesWhatThoseBeforeItLeft() throws Exception {
        Halving halving = new Halving();
        Federation federation = federation("filters: [{type: clip, norm: 0.5}, halving]\nwire: {send: difference}\n");
        federation.plugins().install(UpdateFilter.class, "halving", halving, "1.0.0");
        finishes(federation.run("run"));

        assertEquals(6, halving.seen.size(), "two sites in three rounds");
        halving.seen.forEach(norm -> assertEquals(0.5, norm, 1e-3));
        assertEquals(0.25, norm("north", true), 1e-4);
    }

    private static UpdateFilter refusingAtSouth() {
        return (job, round, received) -> new Filtering() {
            @Override
            public Optional<String> refuse(Outcome outcome) {
                return job.site().filter("south"::equals).map(site -> "it tells too much of round " + round);
            }
        };
    }

    @Test
    void anUpdateThatIsRefusedCostsItsSiteAlone() throws Exception {
        Federation federation = federation("filters: [careful]\n").workflow("rounds: 3, sites: {min: 1}");
        federation.plugins().install(UpdateFilter.class, "careful", refusingAtSouth(), "1.0.0");
        finishes(federation.run("run"));

        assertTrue(
                federation
                        .events()
                        .contains(new JobEvent.SiteFailed(
                                2, "south", "filters.careful refused the update: it tells too much of round 2")),
                federation.events().toString());
        JsonNode sites =
                Federation.json(root.resolve("run/rounds/2/metrics.json")).get("sites");
        assertEquals(List.of("north"), List.copyOf(names(sites)));
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void theJobMayGiveASiteFiltersOfItsOwn() throws Exception {
        Federation federation =
                federation("wire: {send: difference}\nsites: {south: {filters: [{type: clip, norm: 0.5}]}}\n");
        finishes(federation.run("run"));

        assertTrue(norm("north", true) > 1);
        assertEquals(0.5, norm("south", true), 1e-4);
    }

    @Test
    void refusesOptionsByTheirLine() throws Exception {
        assertRefused(
                "filters: [{type: clip, nrom: 1}]", ":6: unknown key 'nrom' in filters.clip; did you mean 'norm'?");
        assertRefused("filters: [{type: clip, norm: 0}]", ":6: filters.clip.norm is 0; allowed: a number from 1");
        assertRefused(
                "filters: [clipp]",
                ":6: update filter 'clipp' is not installed; there are: clip, exclude; did you mean 'clip'?");
        assertRefused(
                "filters: [{type: exclude, tensors: ['*']}]",
                ":6: filters.exclude.tensors: the patterns match all 2 tensors of an update");
    }

    private void assertRefused(String filters, String message) throws IOException {
        AtomicInteger trainers = new AtomicInteger();
        FakeTrainer trainer = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected void opened(String site, TrainingSetup setup) {
                trainers.incrementAndGet();
            }

            @Override
            protected void closed() {
                trainers.decrementAndGet();
            }
        };
        Federation federation = federation(trainer, filters + "\n");
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("none"));
        assertTrue(refusal.getMessage().contains("job.yaml" + message), refusal.getMessage());
        assertEquals(0, federation.plugins().open(), "leases");
        assertEquals(0, trainers.get(), "trainers");
        assertFalse(refusal.getMessage().contains("\n"));
    }

    @Test
    void notesAPatternThatIsForNoTensor() throws Exception {
        Federation federation = federation("filters: [{type: exclude, tensors: [b, '*nrom*']}]\n");
        finishes(federation.run("run"));

        assertEquals(
                2,
                federation.events().stream()
                        .filter(event -> event instanceof JobEvent.Noted noted
                                && noted.message().contains("the pattern '*nrom*' matches none of the 2 tensors"))
                        .count(),
                "one of each site: " + federation.events());
    }

    @Test
    void aFilterThatIsReplacedCountsFromTheNextTaskAndOneThatIsGoneIsAwaited() throws Exception {
        List<Federation> self = new ArrayList<>();
        FakeTrainer trainer = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected void beforeTraining(String site, Task task, JobContext job) {
                if (site.equals("north") && task.round() == 1) {
                    self.get(0).plugins().remove(UpdateFilter.class, "clip");
                }
            }
        };
        Federation federation = federation(trainer, CLIP);
        self.add(federation);
        List<String> reasons = new ArrayList<>();
        federation.watching(event -> {
            if (event instanceof JobEvent.StateChanged changed && changed.state() == JobState.WAITING) {
                reasons.add(changed.reason().orElse("").replaceFirst("site '(north|south)': ", ""));
                federation.plugins().install(UpdateFilter.class, "clip", new Clip(), "2.0.0");
            }
        });
        finishes(federation.run("run"));

        // Each site may find it missing by itself.
        assertFalse(reasons.isEmpty());
        reasons.forEach(reason -> assertEquals("update filter 'clip' is not installed", reason));
        assertEquals(List.of("north 0: 1.0.0", "north 2: 2.0.0"), leases("north"));
        assertEquals(0, federation.plugins().open());
    }

    private List<String> leases(String site) throws IOException {
        return Federation.lines(root.resolve("run/events.jsonl")).stream()
                .filter(line -> line.get("event").asText().equals("lease")
                        && line.get("kind").asText().equals("UpdateFilter")
                        && line.get("site").asText().equals(site))
                .map(line -> site + " " + line.get("round").asInt() + ": "
                        + line.get("version").asText())
                .toList();
    }

    @Test
    void whatIsTrainedInFewerBitsIsClippedWithTheRest() throws Exception {
        List<TensorSpec> tensors =
                List.of(TensorSpec.of("w", DType.F32, Shape.of(4)), TensorSpec.of("half", DType.BF16, Shape.of(4)));
        Federation federation = federation(new FakeTrainer(tensors), CLIP + "wire: {send: difference}\n");
        finishes(federation.run("run"));

        double squares = 0;
        for (TensorSpec tensor : tensors) {
            for (float value : tensor("rounds/3/updates/north.safetensors", tensor)) {
                squares += value * value;
            }
        }
        assertEquals(0.5, Math.sqrt(squares), 1e-4);
    }
}
