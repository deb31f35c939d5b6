package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.training.CheckpointFormat;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.lm.Evaluation;
import io.weft.lm.EvaluationRequest;
import io.weft.lm.GenerationRequest;
import io.weft.lm.LanguageModels;
import io.weft.lm.tuning.TuningStrategy;
import io.weft.server.JobState;
import io.weft.shell.internal.Comparison.Maker;
import io.weft.shell.internal.Comparison.Measured;
import io.weft.shell.internal.Comparison.Sample;
import io.weft.simulate.Simulation;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.SiteData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparingTest {

    private static final List<String> SITES = List.of("a", "b");

    @TempDir
    Path folder;

    private final List<SimulationRequest> runs = new ArrayList<>();
    private final List<EvaluationRequest> evaluations = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<String> failing = new ArrayList<>();

    @BeforeEach
    void writeRecords() throws IOException {
        for (String site : SITES) {
            Files.createDirectories(folder.resolve("sites").resolve(site));
            Files.writeString(folder.resolve("sites").resolve(site).resolve("eval.jsonl"), "{\"text\": \"x\"}\n");
        }
        adapter(folder.resolve("run"));
    }

    @Test
    void measuresBaseEverySiteAloneAndTheFederationOnAllSitesRecords() throws IOException, InterruptedException {
        Comparison comparison = compare("{alone: true}");

        assertEquals(
                List.of(
                        new Measured(Maker.BASE, "base", 4, 40, 4),
                        new Measured(Maker.SITE, "a alone", 3.5, 40, 4),
                        new Measured(Maker.SITE, "b alone", 3.25, 40, 4),
                        new Measured(Maker.FEDERATION, "federated", 3, 40, 4)),
                comparison.measured());
        List<Path> all = SITES.stream()
                .map(site -> folder.resolve("sites").resolve(site).resolve("eval.jsonl"))
                .toList();
        assertTrue(evaluations.stream().allMatch(asked -> asked.data().equals(all)));
        assertEquals(List.of("compare: training a alone", "compare: training b alone"), notes);
    }

    @Test
    void leavesOutASiteThatFailsAlone() throws IOException, InterruptedException {
        failing.add("a");

        Comparison comparison = compare("{alone: true}");

        assertEquals(
                List.of("base", "b alone", "federated"),
                comparison.measured().stream().map(Measured::name).toList());
        assertEquals(
                List.of(
                        "compare: training a alone",
                        "compare: a alone is left out, it failed: the training diverged",
                        "compare: training b alone"),
                notes);
    }

    @Test
    void trainsASiteAloneOnItsOwnVariantOfTheJob() throws IOException, InterruptedException {
        compare("{alone: true}");

        SimulationRequest second = runs.get(1);
        assertEquals(new SiteData.Alone(folder.resolve("sites"), "b"), second.sites());
        assertEquals(Optional.of(folder.resolve("run/alone/b")), second.out());
        assertEquals(2, second.job().train().orElseThrow().batch());
        assertEquals(OptionalInt.empty(), second.job().workflow().minSites());
        assertEquals(Optional.empty(), second.job().compare());
    }

    @Test
    void continuesPromptsBeforeAndAfter() throws IOException, InterruptedException {
        Comparison comparison = compare("{prompts: [define oak]}");

        assertEquals(List.of(), runs);
        assertEquals(List.of(new Sample("define oak", "a base", "a tree")), comparison.samples());
    }

    @Test
    void saysByHowMuchTheFederationIsBetter() {
        var comparison = new Comparison(
                List.of(
                        new Measured(Maker.BASE, "base", 4, 40, 4),
                        new Measured(Maker.SITE, "a alone", 3.25, 40, 4),
                        new Measured(Maker.FEDERATION, "federated", 3, 40, 4)),
                List.of(new Sample("define oak", "a base", "a tree")));

        assertEquals("""

                loss on the validation records of all sites (4 records, 40 tokens, in fp32):
                  base       4.0000
                  a alone    3.2500
                  federated  3.0000
                the federation's model is 0.2500 better than the best site alone

                define oak
                  before: a base
                  after:  a tree""", String.join("\n", comparison.lines()));
        assertEquals(
                "{\"event\":\"compared\",\"losses\":[{\"model\":\"base\",\"loss\":4.0,\"tokens\":40},"
                        + "{\"model\":\"a alone\",\"loss\":3.25,\"tokens\":40},"
                        + "{\"model\":\"federated\",\"loss\":3.0,\"tokens\":40}],"
                        + "\"samples\":[{\"prompt\":\"define oak\",\"before\":\"a base\",\"after\":\"a tree\"}]}",
                comparison.json().toString());
    }

    @Test
    void needsValidationRecords() throws IOException {
        Job job = job("{alone: true}", "");

        Refusal refusal = assertThrows(Refusal.class, () -> compare(job));
        assertTrue(refusal.getMessage().endsWith("compare.alone needs validation records; give data.validate"));
    }

    private Comparison compare(String settings) throws IOException, InterruptedException {
        return compare(job(settings, ", validate: eval"));
    }

    private Comparison compare(Job job) throws IOException, InterruptedException {
        var request = new SimulationRequest(
                job,
                folder.resolve("job.yaml"),
                new SiteData.Folders(folder.resolve("sites")),
                Optional.empty(),
                folder,
                OptionalInt.empty());
        var result = new SimulationResult(
                Runs.result(JobState.FINISHED, Optional.empty()).summary(),
                Optional.empty(),
                folder.resolve("run"),
                Optional.of(folder.resolve("base")));
        return new Comparing(
                        new Comparing.Runs(simulation(), new FakeResumption()),
                        new KnownLosses(),
                        new OneFormat(),
                        List.of(),
                        notes::add)
                .compare(request, result, SITES, job.compare().orElseThrow());
    }

    private static Job job(String compare, String validate) {
        return JobFile.parse("""
                name: small
                workflow: {rounds: 1, sites: {min: 2}}
                model: {base: base}
                strategy: lora
                data: {train: notes%s}
                train: {lr: 1.0e-3}
                compare: %s
                sites: {b: {train: {batch: 2}}}
                """.formatted(validate, compare), "job.yaml");
    }

    private Simulation simulation() {
        return (request, observer) -> {
            runs.add(request);
            Path out = request.out().orElseThrow();
            adapter(out);
            boolean fails = request.sites() instanceof SiteData.Alone alone && failing.contains(alone.site());
            return new SimulationResult(
                    Runs.result(fails ? JobState.FAILED : JobState.FINISHED, Optional.empty())
                            .summary(),
                    fails ? Optional.of("the training diverged") : Optional.empty(),
                    out,
                    Optional.of(folder.resolve("base")));
        };
    }

    private static void adapter(Path run) {
        try {
            Files.createDirectories(run.resolve("result"));
            Files.writeString(run.resolve("result").resolve("adapter_config.json"), "{}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Knows models by the folders of their runs. */
    private final class KnownLosses implements LanguageModels {

        private static final Map<String, Double> BY_RUN = Map.of("a", 3.5, "b", 3.25, "run", 3.0);

        @Override
        public Evaluation evaluate(
                EvaluationRequest request, CheckpointFormat format, Collection<TuningStrategy> strategies) {
            evaluations.add(request);
            double loss = request.adapter()
                    .map(adapter -> BY_RUN.get(adapter.getParent().getFileName().toString()))
                    .orElse(4.0);
            return new Evaluation(loss, Math.exp(loss), 0.5, 40, 4, List.of());
        }

        @Override
        public void generate(
                GenerationRequest request,
                CheckpointFormat format,
                Collection<TuningStrategy> strategies,
                Consumer<String> continuation) {
            continuation.accept(request.adapter().isPresent() ? " a\n tree" : " a base");
        }
    }
}
