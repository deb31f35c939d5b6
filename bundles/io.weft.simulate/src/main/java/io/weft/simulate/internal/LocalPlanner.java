package io.weft.simulate.internal;

import io.weft.job.DataSettings;
import io.weft.job.Job;
import io.weft.job.TrainSettings;
import io.weft.server.JobState;
import io.weft.simulate.Planner;
import io.weft.simulate.RecordCount;
import io.weft.simulate.RunPlan;
import io.weft.simulate.RunPlan.SiteShare;
import io.weft.simulate.Simulation;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.SiteData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Plans by a short simulation in a folder of its own, so that what is measured is what will run. */
@Component
public final class LocalPlanner implements Planner {

    private final Simulation simulation;

    @Activate
    public LocalPlanner(@Reference Simulation simulation) {
        this.simulation = simulation;
    }

    @Override
    public RunPlan plan(SimulationRequest request, RecordCount count) throws IOException, InterruptedException {
        Path data = request.home().toAbsolutePath().normalize().resolve("data");
        new Orphans(request.home()).sweep();
        try (Work work = new Work(data.resolve("plans").resolve(".measured-" + UUID.randomUUID()))) {
            Files.createDirectories(work.folder());
            Orphans.made(work.folder());
            Optional<Path> base = new Bases(request).base();
            SortedMap<String, SiteFiles> sites = Sites.of(request, base, work.folder());
            Sample sample = Sample.of(
                    request.job(), request.jobFile(), base, sites, work.folder().resolve("sites"));
            ShortRounds rounds = new ShortRounds(sample);
            run(sample, request, work.folder(), rounds);
            return scaled(request, sites, count, rounds);
        }
    }

    private void run(Sample sample, SimulationRequest request, Path work, ShortRounds rounds)
            throws IOException, InterruptedException {
        SimulationResult result = simulation.run(
                new SimulationRequest(
                        sample.job(),
                        request.jobFile(),
                        new SiteData.Folders(sample.folder()),
                        Optional.of(work.resolve("run")),
                        work.resolve("home"),
                        request.parallel()),
                rounds);
        if (result.summary().state() != JobState.FINISHED) {
            throw new IOException("the short rounds that are measured did not finish: "
                    + result.reason().orElse(result.summary().state().name()));
        }
    }

    private static RunPlan scaled(
            SimulationRequest request, SortedMap<String, SiteFiles> sites, RecordCount count, ShortRounds measured)
            throws IOException {
        Job job = request.job();
        int parallel = request.parallel().orElse(1);
        SortedMap<String, SiteShare> shares = new TreeMap<>();
        for (Map.Entry<String, SiteFiles> site : sites.entrySet()) {
            shares.put(
                    site.getKey(), share(job.forSite(site.getKey()), site.getKey(), site.getValue(), count, measured));
        }
        double round = measured.overheadSeconds(parallel)
                + ShortRounds.together(
                        shares.values().stream()
                                .map(share -> share.trainSeconds() + share.validateSeconds())
                                .toList(),
                        parallel);
        List<Double> validations =
                shares.values().stream().map(SiteShare::validateSeconds).toList();
        // The result is validated as it is written, and before that the last round's model where the best is selected.
        double closing =
                ShortRounds.together(validations, parallel) * (job.select().isPresent() ? 2 : 1);
        int rounds = job.workflow().rounds();
        return new RunPlan(
                rounds,
                shares,
                measured.bytesUpPerSite() * sites.size(),
                measured.bytesDownPerSite() * sites.size(),
                round,
                measured.setUpSeconds() + rounds * round + closing,
                measured.memory(rounds * stepsPerRound(job, shares)));
    }

    private static long stepsPerRound(Job job, SortedMap<String, SiteShare> shares) {
        long steps = 0;
        for (Map.Entry<String, SiteShare> share : shares.entrySet()) {
            long records = share.getValue().records();
            steps += job.forSite(share.getKey())
                    .train()
                    .map(train -> records / ((long) train.batch() * train.accumulate()))
                    .orElse(records);
        }
        return steps;
    }

    private static SiteShare share(Job job, String site, SiteFiles files, RecordCount count, ShortRounds measured)
            throws IOException {
        long records = records(job, files, job.data().map(DataSettings::train), count);
        long validated = records(job, files, job.data().flatMap(DataSettings::validate), count);
        long trained = job.train().map(train -> trained(train, records)).orElse(records);
        return new SiteShare(
                trained, validated, trained * measured.trainSeconds(site), validated * measured.validateSeconds(site));
    }

    private static long trained(TrainSettings train, long records) {
        return train.steps().isPresent()
                ? (long) train.steps().getAsInt() * train.batch() * train.accumulate()
                : records * train.epochs().orElse(1);
    }

    private static long records(Job job, SiteFiles files, Optional<String> dataset, RecordCount count)
            throws IOException {
        long records = 0;
        for (Path file : dataset.flatMap(files::dataset).orElse(List.of())) {
            records += count.records(job, file);
        }
        return records;
    }
}
