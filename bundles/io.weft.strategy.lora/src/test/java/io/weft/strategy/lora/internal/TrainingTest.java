package io.weft.strategy.lora.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.training.Training;
import io.weft.api.training.TrainingSetup;
import io.weft.djl.Libtorch;
import io.weft.hf.internal.HuggingFaceFormat;
import io.weft.lm.internal.training.LmTrainer;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A site's tasks, from records on disk to an adapter on disk. */
class TrainingTest {

    private static final Path FIXTURE = Path.of("../io.weft.lm/src/test/resources/llama/plain");

    private static Engine engine;

    @TempDir
    private Path folder;

    private Path base;
    private Path records;
    private int files;

    @BeforeAll
    static void load() throws IOException {
        engine = Libtorch.load(Path.of(System.getProperty("weft.natives")), 1);
    }

    @BeforeEach
    void makeBaseAndRecords() throws IOException {
        base = Files.createDirectory(folder.resolve("base"));
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(FIXTURE.resolve(file), base.resolve(file));
        }
        String vocabulary =
                IntStream.range(0, 128).mapToObj(id -> "\"w" + id + "\": " + id).collect(Collectors.joining(", "));
        Files.writeString(base.resolve("tokenizer.json"), """
                {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
                 "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null, "decoder": null,
                 "model": {"type": "WordLevel", "vocab": {%s}, "unk_token": "w0"}}
                """.formatted(vocabulary));
        Files.writeString(base.resolve("tokenizer_config.json"), "{\"eos_token\": \"w2\"}");
        records = folder.resolve("records.jsonl");
        Files.writeString(
                records,
                IntStream.range(0, 10)
                        .mapToObj(record -> "{\"text\": \"" + text(record) + "\"}\n")
                        .collect(Collectors.joining()));
    }

    /** Always the same continuation of the same words, in texts of different lengths. */
    private static String text(int record) {
        return IntStream.range(0, 5 + 3 * record)
                .mapToObj(word -> "w" + (3 + (word * 7 + record) % 40))
                .collect(Collectors.joining(" "));
    }

    @Test
    void trainingLowersTheLossOfTheReceivedModelAndSaysSo() throws IOException {
        Run run = run(Map.of("epochs", 6), options(0), 2);

        Outcome first = run.outcomes.get(0);
        Outcome second = run.outcomes.get(1);
        assertEquals(18, first.steps());
        assertEquals(60, first.samples());
        assertTrue(
                second.metrics().get(Outcome.VALIDATION_LOSS) < first.metrics().get(Outcome.VALIDATION_LOSS));
        assertTrue(run.job.shown.get(35).get("loss") < run.job.shown.get(0).get("loss"));
        assertTrue(second.metrics().get(Outcome.TOKENS_PER_SECOND) > 0);
        assertEquals((double) first.tokens() / 6, first.metrics().get(Outcome.VALIDATION_TOKENS));
    }

    @Test
    void theSameSeedGivesTheSameBytesAlsoWithDropout() throws IOException {
        Path once = run(Map.of("epochs", 2), options(0.3), 2).result;
        Path again = run(Map.of("epochs", 2), options(0.3), 2).result;
        Path without = run(Map.of("epochs", 2), options(0), 2).result;

        assertArrayEquals(Files.readAllBytes(once), Files.readAllBytes(again));
        assertTrue(Files.mismatch(once, without) >= 0, "dropout changed nothing");
    }

    @Test
    void keptOptimizerStateMakesRoundsOneRun() throws IOException {
        // The shuffle belongs to a round, so every step takes all records.
        Map<String, Object> all = Map.of("batch", 10, "schedule", "cosine", "warmup", 0.2);
        Path four = run(with(all, "steps", 1), options(0), 4).result;
        Path one = run(with(all, "steps", 4), options(0), 1).result;

        assertEqual(one, four, 1e-6f);
    }

    @Test
    void whatIsSaidOfRecordsSaysWhichOfThemItIsOf() throws IOException {
        Files.writeString(records, "?\n", StandardOpenOption.APPEND);

        List<String> notes = run(Map.of("steps", 1), options(0), 1).job.notes;

        for (String dataset : List.of("train", "validate")) {
            assertTrue(
                    notes.contains("data." + dataset + ": 1 of 11 lines are malformed and left out"), notes.toString());
        }
    }

    @Test
    void accumulatedBatchesAreOneLargeBatch() throws IOException {
        Path accumulated = run(Map.of("batch", 2, "accumulate", 5, "epochs", 2), options(0), 1).result;
        Path large = run(Map.of("batch", 10, "epochs", 2), options(0), 1).result;

        assertEqual(large, accumulated, 1e-6f);
    }

    @Test
    void noStepsExchangeTheModelUnchanged() throws IOException {
        Run run = run(Map.of("steps", 0), options(0), 1);

        assertArrayEquals(Files.readAllBytes(run.initial), Files.readAllBytes(run.result));
        assertEquals(0, run.outcomes.get(0).steps());
    }

    @Test
    void plainGradientDescentLearnsToo() throws IOException {
        Map<String, Object> sgd = Map.of("type", "sgd", "weightDecay", 0.0);
        Run run = run(Map.of("optimizer", sgd, "lr", 0.5, "epochs", 4), options(0), 1);

        assertTrue(run.job.shown.get(11).get("loss") < run.job.shown.get(0).get("loss"));
    }

    @Test
    void bf16FollowsFp32() throws IOException {
        Run exact = run(Map.of("epochs", 2), options(0), 1);
        Run rounded = run(Map.of("epochs", 2, "precision", "bf16"), options(0), 1);

        assertEquals(
                exact.outcomes.get(0).metrics().get(Outcome.TRAIN_LOSS),
                rounded.outcomes.get(0).metrics().get(Outcome.TRAIN_LOSS),
                0.01);
    }

    @Test
    void aTargetThatMatchesNothingIsRefusedWithTheNamesThereAre() {
        Refusal refusal = assertThrows(Refusal.class, () -> run(Map.of(), new GivenOptions(4, 8, 0, "query"), 1));

        assertTrue(refusal.getMessage().contains("'query'"), refusal.getMessage());
        assertTrue(
                refusal.getMessage().contains("down_proj, gate_proj, k_proj, o_proj, q_proj, up_proj, v_proj"),
                refusal.getMessage());
    }

    @Test
    void ranksAndAlphasOfSingleLayersAreThoseOfTheirPatterns() throws IOException {
        LoraOptions options =
                new GivenOptions(4, 8, 0, "all-linear", true, "down_proj=9,0.self_attn.q_proj=1", "v_proj=6", "");
        Run run = run(Map.of("epochs", 1), options, 1);

        assertEquals(
                9,
                shape(run.result, "model.layers.1.mlp.down_proj.lora_A.weight").dimension(0));
        assertEquals(
                1,
                shape(run.result, "model.layers.0.self_attn.q_proj.lora_B.weight")
                        .dimension(1));
        assertEquals(
                4,
                shape(run.result, "model.layers.1.self_attn.q_proj.lora_B.weight")
                        .dimension(1));
        assertEquals(8 / 3.0, run.scale("model.layers.1.mlp.down_proj"), 1e-12);
        assertEquals(3, run.scale("model.layers.0.self_attn.v_proj"), 1e-12);
        assertEquals(8, run.scale("model.layers.0.self_attn.q_proj"), 1e-12);
        assertTrue(run.job.shown.get(2).get("loss") < run.job.shown.get(0).get("loss"));
    }

    @Test
    void modulesToSaveStartAsTheBaseHasThemAndAreTrained() throws IOException {
        LoraOptions options = new GivenOptions(4, 8, 0, "q_proj", false, "", "", "lm_head,norm,embed_tokens");
        Run run = run(Map.of("epochs", 6), options, 2);
        Map<String, String> starts = Map.of(
                "model.embed_tokens.weight", "model.embed_tokens.weight",
                "lm_head.weight", "lm_head.weight",
                "model.norm.weight", "model.norm.weight",
                "model.layers.1.input_layernorm.weight", "model.layers.1.input_layernorm.weight");

        for (Map.Entry<String, String> start : starts.entrySet()) {
            float[] before = values(base.resolve("model.safetensors"), start.getValue());
            assertArrayEquals(before, values(run.initial, "base_model.model." + start.getKey()), start.getKey());
            assertTrue(
                    !Arrays.equals(before, values(run.result, "base_model.model." + start.getKey())), start.getKey());
        }
        assertTrue(run.outcomes.get(1).metrics().get(Outcome.VALIDATION_LOSS)
                < run(Map.of("epochs", 6), new GivenOptions(4, 8, 0, "q_proj"), 2)
                                .outcomes
                                .get(1)
                                .metrics()
                                .get(Outcome.VALIDATION_LOSS)
                        - 0.1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rank | query=3 | strategy.rankPattern: 'query' matches none of the layers with an adapter; these are q_proj",
                "rank | q_proj | strategy.rankPattern: 'q_proj' is not of the form PATTERN=NUMBER",
                "rank | q_proj=0.5 | strategy.rankPattern: 'q_proj=0.5' is out of range; allowed: a whole number from 1 to 4096",
                "rank | q_proj=x | strategy.rankPattern: 'q_proj=x' does not end in a number",
                "rank | q_(=3 | strategy.rankPattern: 'q_(' is not a regular expression: Unclosed group",
                "rank | q_proj=3,0.*=2 | is matched by 'q_proj' and by '0.*', which give it different numbers",
                "whole | heads | strategy.modulesToSave: 'heads' means no module",
                "whole | lm_haed | did you mean 'lm_head'?",
                "target | q_prj | strategy.targets: 'q_prj' matches no linear layer; there are down_proj,",
                "target | q_prj | , or all-linear; did you mean 'q_proj'?",
                "target | all_linaer | did you mean 'all-linear'?",
                "whole | self_attn | model.layers.0.self_attn.q_proj gets an adapter and is trained whole",
            })
    void whatDoesNotFitIsRefused(String option, String values, String message) {
        LoraOptions options = new GivenOptions(
                4,
                8,
                0,
                option.equals("target") ? values : "q_proj",
                false,
                option.equals("rank") ? values : "",
                "",
                option.equals("whole") ? values : "");

        Refusal refusal = assertThrows(Refusal.class, () -> run(Map.of(), options, 1));

        assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
    }

    @Test
    void aBaseThatIsNotFiniteIsRefusedBeforeAnythingIsTrained() throws IOException {
        Path weights = base.resolve("model.safetensors");
        long header;
        try (FileChannel file = FileChannel.open(weights, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            file.read(length, 0);
            header = 8 + length.getLong(0);
            // All bits set are no number in every float type.
            file.write(ByteBuffer.wrap(new byte[] {-1, -1, -1, -1}), header + 8);
        }

        Refusal refusal = assertThrows(Refusal.class, () -> run(Map.of(), options(0), 1));

        assertTrue(
                refusal.getMessage().matches(".*model.safetensors: tensor \\S+ holds NaN at element [24]; .*"),
                refusal.getMessage());
    }

    private static Shape shape(Path file, String name) throws IOException {
        try (TensorReader reader = Safetensors.open(file)) {
            return reader.manifest()
                    .tensor("base_model.model." + name)
                    .orElseThrow()
                    .shape();
        }
    }

    private static float[] values(Path file, String name) throws IOException {
        try (TensorReader reader = Safetensors.openCheckpoint(file)) {
            TensorSpec spec = reader.manifest().tensor(name).orElseThrow();
            float[] values = new float[(int) spec.elements()];
            reader.read(spec, 0, values, values.length);
            return values;
        }
    }

    private record Run(FakeJob job, Manifest manifest, Path initial, Path result, List<Outcome> outcomes) {

        double scale(String module) {
            return manifest.tensors().stream()
                    .filter(tensor -> tensor.trait(TensorSpec.MODULE).equals(Optional.of(module)))
                    .mapToDouble(tensor ->
                            Double.parseDouble(tensor.trait(TensorSpec.SCALE).orElseThrow()))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private Run run(Map<String, Object> changes, LoraOptions options, int rounds) throws IOException {
        FakeJob job = new FakeJob(
                List.<Plugin>of(new HuggingFaceFormat(), new LoraStrategy()), options, next("state"), rounds);
        TrainingSetup setup = new TrainingSetup(
                jobFile(changes),
                Optional.of(base),
                new TreeMap<>(Map.of(
                        TrainingSetup.TRAIN, List.of(records),
                        TrainingSetup.VALIDATE, List.of(records))),
                1);
        List<Outcome> outcomes = new ArrayList<>();
        try (Training training = LmTrainer.with(() -> engine).open(job, setup)) {
            List<TensorSpec> tensors = training.manifest().tensors().stream()
                    .map(tensor -> tensor.as(DType.F32))
                    .toList();
            Path initial = next("initial");
            try (TensorWriter out = Safetensors.create(initial, tensors)) {
                training.initial(out);
                out.commit();
            }
            Path model = initial;
            for (int round = 1; round <= rounds; round++) {
                Path update = next("update");
                try (TensorReader received = Safetensors.open(model);
                        TensorWriter out = Safetensors.create(update, tensors)) {
                    outcomes.add(training.train(Task.of(round, rounds, Task.TRAIN), received, out));
                    out.commit();
                }
                model = update;
            }
            return new Run(job, training.manifest(), initial, model, outcomes);
        }
    }

    private Path next(String name) {
        files++;
        return folder.resolve(name + "-" + files + ".safetensors");
    }

    private static Map<String, Object> jobFile(Map<String, Object> changes) {
        Map<String, Object> train = new HashMap<>(Map.of(
                "optimizer",
                Map.of("type", "adamw", "beta1", 0.9, "beta2", 0.999, "epsilon", 1e-8, "weightDecay", 0.0),
                "lr",
                0.01,
                "schedule",
                "constant",
                "warmup",
                0.0,
                "clip",
                1.0,
                "batch",
                4,
                "accumulate",
                1,
                "precision",
                "fp32",
                "state",
                "keep"));
        train.putAll(changes);
        return Map.of(
                "train", train,
                "data", Map.of("maxLength", 64),
                "strategy", Map.of("type", "lora"),
                "model", Map.of("backend", "hf"));
    }

    private static Map<String, Object> with(Map<String, Object> map, String key, Object value) {
        Map<String, Object> changed = new HashMap<>(map);
        changed.put(key, value);
        return changed;
    }

    private static void assertEqual(Path expected, Path found, float tolerance) throws IOException {
        try (TensorReader one = Safetensors.open(expected);
                TensorReader other = Safetensors.open(found)) {
            for (TensorSpec spec : one.manifest().tensors()) {
                float[] left = new float[(int) spec.elements()];
                float[] right = new float[(int) spec.elements()];
                one.read(spec, 0, left, left.length);
                other.read(spec, 0, right, right.length);
                assertArrayEquals(left, right, tolerance, spec.name());
            }
        }
    }

    private static LoraOptions options(double dropout) {
        return new GivenOptions(4, 8, dropout, "all-linear");
    }

    /** Options as the runtime binds them. */
    @SuppressWarnings({"ClassExplicitlyAnnotation", "BadAnnotationImplementation"
    }) // A binding of options is just that.
    private record GivenOptions(
            int rank,
            double alpha,
            double dropout,
            String target,
            boolean rslora,
            String ranks,
            String alphas,
            String whole)
            implements LoraOptions {

        GivenOptions(int rank, double alpha, double dropout, String target) {
            this(rank, alpha, dropout, target, false, "", "", "");
        }

        @Override
        public String[] targets() {
            return new String[] {target};
        }

        @Override
        public String[] rankPattern() {
            return texts(ranks);
        }

        @Override
        public String[] alphaPattern() {
            return texts(alphas);
        }

        @Override
        public String[] modulesToSave() {
            return texts(whole);
        }

        /** A record that stands for an annotation has no lists. */
        private static String[] texts(String joined) {
            return joined.isEmpty() ? new String[0] : joined.split(",");
        }

        @Override
        public Class<? extends Annotation> annotationType() {
            return LoraOptions.class;
        }
    }
}
