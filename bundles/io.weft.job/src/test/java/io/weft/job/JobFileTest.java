package io.weft.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobFileTest {

    private static final Map<String, Object> PLAIN =
            Map.of("quantizer", "fp32", "except", List.of(), "smallest", 1024L, "errorFeedback", false);

    static final String SMALLEST = """
            name: small
            workflow: {rounds: 2}
            model: {base: base}
            strategy: lora
            data: {train: notes}
            train: {lr: 1.0e-3}
            """;

    private static final String FULL = """
            name: dolly-lora
            workflow: {type: fedavg, rounds: 5, sites: {min: 2, deadline: 30m}, stop: {patience: 3, minDelta: 0.001}}
            model:    {backend: hf, base: models/SmolLM2-135M-Instruct}
            strategy: {type: lora, rank: 8, alpha: 16, dropout: 0.05, targets: [q_proj, v_proj]}
            data:     {train: dolly, validate: dolly-eval, template: alpaca, maxLength: 512}
            train:    {optimizer: adamw, lr: 2.0e-4, schedule: cosine, warmup: 0.03, batch: 4, accumulate: 4, epochs: 1, seed: 7}
            aggregator: {type: fedavg, weightBy: tokens}
            wire:     {up: {quantizer: none}, down: fp32, send: difference}
            select:   {metric: validation_loss, mode: min}
            track:    [tensorboard, {type: mlflow, url: "http://localhost"}]
            sites:    {site-3: {train: {batch: 2}}}
            """;

    @Test
    void fillsInTheDefaults() {
        Job job = JobFile.parse(SMALLEST, "job.yaml");

        assertEquals(
                new WorkflowSettings("fedavg", 2, OptionalInt.empty(), Optional.empty(), Optional.empty()),
                job.workflow());
        assertEquals(new ModelSettings("hf", "base", Optional.empty(), false), job.model());
        assertEquals("lora", job.strategy().orElseThrow().type());
        assertEquals(
                new DataSettings("notes", Optional.empty(), Optional.empty(), OptionalInt.empty()),
                job.data().orElseThrow());
        assertEquals(
                new TrainSettings(
                        new OptimizerSettings.AdamW(0.9, 0.999, 1e-8, 0),
                        1e-3,
                        TrainSettings.Schedule.CONSTANT,
                        0,
                        1,
                        4,
                        1,
                        OptionalInt.of(1),
                        OptionalInt.empty(),
                        0,
                        TrainSettings.Precision.AUTO,
                        TrainSettings.State.KEEP),
                job.train().orElseThrow());
        assertEquals("lm", job.trainer().type());
        assertEquals("fedavg", job.aggregator().type());
        assertEquals(WeightBy.STEPS, job.weightBy());
        assertEquals(new WireSettings("fp32", "fp32", WireSettings.Send.WEIGHTS), job.wire());
        assertEquals(Optional.empty(), job.select());
        assertEquals(List.of(), job.track());
        assertEquals(Map.of(), job.overrides());
    }

    @Test
    void aSitesStepsTakeThePlaceOfTheJobsEpochsAndTheOtherWayRound() {
        String twoSites = "sites: {a: {train: {steps: 5}}, b: {train: {epochs: 2}}}\n";
        Job epochs = JobFile.parse(SMALLEST.replace("lr: 1.0e-3", "lr: 1.0e-3, epochs: 3") + twoSites, "job.yaml");
        Job steps = JobFile.parse(SMALLEST.replace("lr: 1.0e-3", "lr: 1.0e-3, steps: 7") + twoSites, "job.yaml");

        for (Job job : List.of(epochs, steps)) {
            TrainSettings a = job.forSite("a").train().orElseThrow();
            assertEquals(OptionalInt.of(5), a.steps());
            assertEquals(OptionalInt.empty(), a.epochs());
            TrainSettings b = job.forSite("b").train().orElseThrow();
            assertEquals(OptionalInt.empty(), b.steps());
            assertEquals(OptionalInt.of(2), b.epochs());
        }
    }

    @Test
    void readsEverySection() {
        Job job = JobFile.parse(FULL, "job.yaml");

        assertEquals(
                new WorkflowSettings(
                        "fedavg",
                        5,
                        OptionalInt.of(2),
                        Optional.of(Duration.ofMinutes(30)),
                        Optional.of(new StopSettings("validation_loss", SelectSettings.Mode.MIN, 3, 0.001))),
                job.workflow());
        assertEquals(
                new DataSettings("dolly", Optional.of("dolly-eval"), Optional.of("alpaca"), OptionalInt.of(512)),
                job.data().orElseThrow());
        assertEquals(TrainSettings.Schedule.COSINE, job.train().orElseThrow().schedule());
        assertEquals(7, job.seed());
        assertEquals(WeightBy.TOKENS, job.weightBy());
        assertEquals(new WireSettings("fp32", "fp32", WireSettings.Send.DIFFERENCE), job.wire());
        assertEquals(Optional.of(new SelectSettings("validation_loss", SelectSettings.Mode.MIN)), job.select());
        assertEquals(
                List.of("tensorboard", "mlflow"),
                job.track().stream().map(Section::type).toList());
        assertEquals(FULL, job.text());
    }

    @Test
    void appliesASitesOverridesToThatSiteAlone() {
        Job job = JobFile.parse(FULL, "job.yaml");

        assertEquals(2, job.forSite("site-3").train().orElseThrow().batch());
        assertEquals(4, job.forSite("site-1").train().orElseThrow().batch());
        assertEquals(4, job.train().orElseThrow().batch());
        assertEquals(Map.of("site-3", Map.of("train", Map.of("batch", 2))), job.overrides());
    }

    @Test
    void aSiteMayHaveAnotherTrainer() {
        Job lm = JobFile.parse(SMALLEST + "sites: {a: {trainer: {command: [python3, train.py]}}}\n", "job.yaml");
        assertEquals("lm", lm.trainer().type());
        assertEquals("lm", lm.forSite("b").trainer().type());
        assertEquals("process", lm.forSite("a").trainer().type());
        assertEquals(
                List.of("python3", "train.py"),
                lm.forSite("a").program().orElseThrow().command());

        Job program = JobFile.parse(
                SMALLEST + "trainer: {command: [python3, train.py], restarts: 2}\n"
                        + "sites: {a: {trainer: {type: lm}}, b: {trainer: {command: [torchrun]}}, c: {trainer: {restarts: 1}}}\n",
                "job.yaml");
        assertEquals("lm", program.forSite("a").trainer().type());
        assertEquals(
                Map.of("type", "process", "command", List.of("torchrun")),
                program.forSite("b").values().get("trainer"));
        assertEquals(
                Map.of("type", "process", "command", List.of("python3", "train.py"), "restarts", 1),
                program.forSite("c").values().get("trainer"));
    }

    @Test
    void codesEachDirectionInItsOwnWay() {
        Job job = JobFile.parse(
                SMALLEST
                        + "wire: {up: {quantizer: nf4, block: 64, except: ['*norm*'], errorFeedback: true}, down: bf16}\n",
                "job.yaml");

        CodingSettings up = job.codedUp().orElseThrow();
        assertEquals("wire.up", up.section().key());
        assertEquals("nf4", up.section().type());
        assertEquals(List.of("*norm*"), up.except());
        assertTrue(up.errorFeedback());
        CodingSettings down = job.codedDown().orElseThrow();
        assertEquals("bf16", down.section().type());
        assertEquals(1024, down.smallest());
        assertFalse(down.errorFeedback());
        assertEquals(Optional.empty(), JobFile.parse(SMALLEST, "job.yaml").codedUp());
    }

    @Test
    void givesTheEffectiveFile() {
        Map<String, Object> values = JobFile.parse(SMALLEST, "job.yaml").values();

        assertEquals(
                List.of(
                        "name",
                        "workflow",
                        "model",
                        "strategy",
                        "data",
                        "train",
                        "trainer",
                        "aggregator",
                        "wire",
                        "keep"),
                List.copyOf(values.keySet()));
        assertEquals(Map.of("type", "fedavg", "weightBy", "steps"), values.get("aggregator"));
        assertEquals(Map.of("up", PLAIN, "down", PLAIN, "send", "weights"), values.get("wire"));
        assertEquals(
                Map.of("type", "adamw", "beta1", 0.9, "beta2", 0.999, "epsilon", 1e-8, "weightDecay", 0.0),
                ((Map<?, ?>) values.get("train")).get("optimizer"));
    }

    @Test
    void keepsTheOptionsOfPluginsInTheEffectiveFile() {
        assertEquals(
                Map.of("type", "lora", "rank", 8, "alpha", 16, "dropout", 0.05, "targets", List.of("q_proj", "v_proj")),
                JobFile.parse(FULL, "job.yaml").values().get("strategy"));
    }

    @Test
    void takesTheEffectiveFileAsAJobFileOfTheSameMeaning() {
        String written = """
                {"name": "small", "workflow": {"rounds": 2}, "model": {"base": "base"}, "strategy": {"type": "lora"},
                 "data": {"train": "notes"}, "train": {"lr": 0.001}}
                """;

        assertEquals(
                JobFile.parse(SMALLEST, "job.yaml").values(),
                JobFile.parse(written, "job.json").values());
    }

    @ParameterizedTest
    @ValueSource(strings = {"2.0e-4", "2e-4", "0.0002", ".0002", "2.E-4", "+2e-04"})
    void readsNumbersAsYaml12Does(String written) {
        String text = SMALLEST.replace("1.0e-3", written);

        assertEquals(2e-4, JobFile.parse(text, "job.yaml").train().orElseThrow().lr());
    }

    @ParameterizedTest
    @ValueSource(strings = {"wire:", "wire: null", "wire: ~", "wire: {}", "wire: {up: , down: null}"})
    void takesAnEmptyWireForPlainWeights(String wire) {
        Job job = JobFile.parse(SMALLEST + wire + "\n", "job.yaml");

        assertEquals(new WireSettings("fp32", "fp32", WireSettings.Send.WEIGHTS), job.wire());
    }

    @Test
    void takesAnOptimizerWithItsSettings() {
        String adamw = SMALLEST.replace("lr: 1.0e-3", "lr: 1, optimizer: {type: adamw, beta2: 0.95, weightDecay: 0.1}");
        String sgd = SMALLEST.replace("lr: 1.0e-3", "lr: 1, optimizer: sgd");

        assertEquals(
                new OptimizerSettings.AdamW(0.9, 0.95, 1e-8, 0.1),
                JobFile.parse(adamw, "job.yaml").train().orElseThrow().optimizer());
        assertEquals(
                new OptimizerSettings.Sgd(0),
                JobFile.parse(sgd, "job.yaml").train().orElseThrow().optimizer());
    }

    @Test
    void countsStepsInsteadOfEpochsWhenTheyAreGiven() {
        TrainSettings train = JobFile.parse(SMALLEST.replace("lr: 1.0e-3", "lr: 1, steps: 0"), "job.yaml")
                .train()
                .orElseThrow();

        assertEquals(OptionalInt.of(0), train.steps());
        assertEquals(OptionalInt.empty(), train.epochs());
    }

    @Test
    void readsAnchorsAndAliases() {
        String text = SMALLEST + "sites: {a: &small {train: {batch: 1}}, b: *small}\n";
        Job job = JobFile.parse(text, "job.yaml");

        assertEquals(1, job.forSite("b").train().orElseThrow().batch());
    }

    @Test
    void lookPastAByteOrderMark() {
        assertEquals("small", JobFile.parse("\uFEFF" + SMALLEST, "job.yaml").name());
    }

    @Test
    void needsNeitherStrategyNorDataNorTrainWithATrainerOfItsOwn() {
        Job job = JobFile.parse(
                "name: own\nworkflow: {rounds: 1}\nmodel: {base: base}\ntrainer: {type: process, command: [python]}\n",
                "job.yaml");

        assertEquals("process", job.trainer().type());
        assertTrue(job.strategy().isEmpty());
        assertTrue(job.train().isEmpty());
        assertEquals(0, job.seed());
    }

    @Test
    void tellsWhereAKeyStands() {
        Job job = JobFile.parse(FULL, "job.yaml");

        assertEquals("job.yaml:5", job.where("data", "train"));
        assertEquals("job.yaml:11", job.where("sites", "site-3"));
        assertEquals("job.yaml:4", job.strategy().orElseThrow().where());
    }

    @Test
    void filtersComeInTheirOrderAndASiteMayHaveOthers() {
        Job job = JobFile.parse(SMALLEST + """
                filters: [exclude, {type: clip, norm: 0.5}]
                sites: {a: {filters: [{type: clip, norm: 0.1}]}, b: {filters: []}, c: {train: {batch: 1}}}
                """, "job.yaml");

        assertEquals(List.of("filters.exclude", "filters.clip"), keys(job));
        assertEquals("job.yaml:7", job.filters().get(1).where());
        assertEquals(List.of("filters.clip"), keys(job.forSite("a")));
        assertEquals("job.yaml:8", job.forSite("a").filters().get(0).where());
        assertEquals(List.of(), keys(job.forSite("b")));
        assertEquals(keys(job), keys(job.forSite("c")));
        assertEquals(List.of(), keys(job.alone("c")));
    }

    private static List<String> keys(Job job) {
        return job.filters().stream().map(Section::key).toList();
    }
}
