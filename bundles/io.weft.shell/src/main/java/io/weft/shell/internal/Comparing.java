package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.training.CheckpointFormat;
import io.weft.job.CompareSettings;
import io.weft.job.DataSettings;
import io.weft.lm.Evaluation;
import io.weft.lm.EvaluationRequest;
import io.weft.lm.GenerationRequest;
import io.weft.lm.LanguageModels;
import io.weft.lm.tuning.TuningStrategy;
import io.weft.server.JobState;
import io.weft.server.StoredJob;
import io.weft.shell.internal.Comparison.Maker;
import io.weft.shell.internal.Comparison.Measured;
import io.weft.shell.internal.Comparison.Sample;
import io.weft.simulate.Resumption;
import io.weft.simulate.Simulation;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.SiteData;
import io.weft.tensor.Durable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Compares a finished simulation's result with its base and with what every site reaches alone. The runs of single sites lie in
 * {@code alone/<site>} of the run's folder.
 */
final class Comparing {

    /** What was measured, in the run's folder; there when nothing is left to do. */
    private static final String FILE = "compare.json";

    /** What makes runs of single sites, and goes on with them. */
    record Runs(Simulation simulation, Resumption resumption) {}

    private final Runs runs;
    private final LanguageModels models;
    private final CheckpointFormat format;
    private final Collection<TuningStrategy> strategies;
    private final Consumer<String> notes;

    /**
     * @param notes is told what is being done, a line each
     */
    Comparing(
            Runs runs,
            LanguageModels models,
            CheckpointFormat format,
            Collection<TuningStrategy> strategies,
            Consumer<String> notes) {
        this.runs = runs;
        this.models = models;
        this.format = format;
        this.strategies = strategies;
        this.notes = notes;
    }

    /** Whether the run in this folder was compared already. */
    static boolean isDone(Path run) {
        return Files.exists(run.resolve(FILE));
    }

    /** Does what the job's {@code compare} asks, so far as that was not done before, and keeps it in the run's folder. */
    Comparison compare(SimulationRequest request, SimulationResult result, List<String> sites, CompareSettings settings)
            throws IOException, InterruptedException {
        Path base = result.base().orElseThrow(() -> new Refusal("compare needs a base, and this job has none"));
        var measured = new ArrayList<Measured>();
        if (settings.alone() && request.sites() instanceof SiteData.Folders folders) {
            List<Path> records = records(request, folders.folder(), sites);
            measured.add(measured(Maker.BASE, "base", base, Optional.empty(), request, records));
            for (String site : sites) {
                notes.accept("compare: training " + site + " alone");
                Optional<Path> model = alone(request, result, folders.folder(), site);
                if (model.isPresent()) {
                    measured.add(measured(Maker.SITE, site + " alone", base, model, request, records));
                }
            }
            Path model = result.folder().resolve("result");
            measured.add(measured(Maker.FEDERATION, "federated", base, Optional.of(model), request, records));
        }
        var comparison = new Comparison(measured, samples(base, result, settings));
        Durable.write(result.folder().resolve(FILE), (comparison.json() + "\n").getBytes(StandardCharsets.UTF_8));
        return comparison;
    }

    /**
     * Trains on one site alone, from where that was when it has begun; gives its result, if it comes to one: a site that fails in a
     * federation fails alone as well.
     */
    private Optional<Path> alone(SimulationRequest request, SimulationResult result, Path folders, String site)
            throws IOException, InterruptedException {
        Path folder = result.folder().resolve("alone").resolve(site);
        var single = new SimulationRequest(
                request.job().alone(site),
                request.jobFile(),
                new SiteData.Alone(folders, site),
                Optional.of(folder),
                request.home(),
                request.parallel());
        SimulationResult trained = StoredJob.isIn(folder)
                ? runs.resumption().resume(runs.resumption().find(folder.toString(), request.home()), event -> {})
                : runs.simulation().run(single, event -> {});
        if (trained.summary().state() == JobState.FAILED) {
            notes.accept("compare: " + site + " alone is left out, it failed"
                    + trained.reason().map(reason -> ": " + reason).orElse(""));
            return Optional.empty();
        }
        if (trained.summary().state() != JobState.FINISHED) {
            throw new IOException(site + " alone is " + trained.summary().state()
                    + trained.reason().map(reason -> ": " + reason).orElse(""));
        }
        return Optional.of(trained.folder().resolve("result"));
    }

    private List<Path> records(SimulationRequest request, Path folder, List<String> sites) {
        if (request.job().data().flatMap(DataSettings::validate).isEmpty()) {
            throw request.job()
                    .refuse("compare.alone needs validation records; give data.validate", "compare", "alone");
        }
        return sites.stream()
                .flatMap(site -> request.job().forSite(site).data().flatMap(DataSettings::validate).stream()
                        .map(dataset -> folder.resolve(site).resolve(dataset + ".jsonl")))
                .filter(Files::exists)
                .toList();
    }

    private Measured measured(
            Maker maker, String name, Path base, Optional<Path> tuned, SimulationRequest request, List<Path> records)
            throws IOException, InterruptedException {
        Optional<DataSettings> data = request.job().data();
        Evaluation evaluation = models.evaluate(
                new EvaluationRequest(
                        model(base, tuned),
                        adapter(tuned),
                        records,
                        data.flatMap(DataSettings::template),
                        data.map(DataSettings::maxLength).orElse(OptionalInt.empty())),
                format,
                strategies);
        return new Measured(maker, name, evaluation.loss(), evaluation.tokens(), evaluation.samples());
    }

    private List<Sample> samples(Path base, SimulationResult result, CompareSettings settings)
            throws IOException, InterruptedException {
        Optional<Path> tuned = Optional.of(result.folder().resolve("result"));
        var samples = new ArrayList<Sample>();
        for (String prompt : settings.prompts()) {
            samples.add(new Sample(
                    prompt,
                    continued(base, Optional.empty(), prompt, settings.maxTokens()),
                    continued(base, tuned, prompt, settings.maxTokens())));
        }
        return samples;
    }

    private String continued(Path base, Optional<Path> tuned, String prompt, int maxTokens)
            throws IOException, InterruptedException {
        var text = new StringBuilder();
        models.generate(
                new GenerationRequest(model(base, tuned), adapter(tuned), prompt, maxTokens, 0, 0),
                format,
                strategies,
                text::append);
        return text.toString().strip().replaceAll("\\s+", " ");
    }

    /** An adapter is used on the base, a whole model in its place. */
    private static Path model(Path base, Optional<Path> tuned) {
        return tuned.filter(folder -> !isAdapter(folder)).orElse(base);
    }

    private static Optional<Path> adapter(Optional<Path> tuned) {
        return tuned.filter(Comparing::isAdapter);
    }

    private static boolean isAdapter(Path folder) {
        return Files.exists(folder.resolve("adapter_config.json"));
    }
}
