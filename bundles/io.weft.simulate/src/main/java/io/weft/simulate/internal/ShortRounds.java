package io.weft.simulate.internal;

import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.server.JobEvent;
import io.weft.server.JobObserver;
import io.weft.simulate.ProcessMemory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** Watches the short rounds of a {@link Sample}, and says what a site or a round takes. */
final class ShortRounds implements JobObserver {

    private final Sample sample;
    private final long begun = System.nanoTime();
    private final SortedMap<String, JobEvent.SiteDone> trained = new TreeMap<>();
    private Optional<JobEvent.RoundFinished> measured = Optional.empty();
    private final MemoryGrowth memory = new MemoryGrowth(Sample.STEPS);
    private final Map<String, Long> steps = new HashMap<>();
    private double setUpSeconds;

    ShortRounds(Sample sample) {
        this.sample = sample;
    }

    @Override
    public synchronized void happened(JobEvent event) {
        if (event instanceof JobEvent.RoundStarted start && start.round() == 1) {
            setUpSeconds = (System.nanoTime() - begun) / 1e9;
        } else if (event instanceof JobEvent.SiteStep step && step.activity().equals(Task.TRAIN)) {
            steps.put(step.site() + "/" + step.round(), step.done());
            long all = steps.values().stream().mapToLong(Long::longValue).sum();
            ProcessMemory.peak().ifPresent(peak -> memory.stepped(all, peak));
        } else if (event instanceof JobEvent.SiteDone done
                && done.round() == Sample.MEASURED
                && done.task().equals(Task.TRAIN)) {
            trained.put(done.site(), done);
        } else if (event instanceof JobEvent.RoundFinished end && end.round() == Sample.MEASURED) {
            measured = Optional.of(end);
        }
    }

    /** Until the first round began: sites prepared, engine and base loaded. */
    synchronized double setUpSeconds() {
        return setUpSeconds;
    }

    synchronized long bytesUpPerSite() {
        return measured.map(round -> round.bytesUp() / trained.size()).orElse(0L);
    }

    synchronized long bytesDownPerSite() {
        return measured.map(round -> round.bytesDown() / trained.size()).orElse(0L);
    }

    /** What a round takes besides its sites' computing: transfers, aggregation, writing. */
    synchronized double overheadSeconds(int parallel) {
        List<Double> sites =
                trained.values().stream().map(ShortRounds::taskSeconds).toList();
        return Math.max(0, measured.map(JobEvent.RoundFinished::seconds).orElse(0.0) - together(sites, parallel));
    }

    /** Training, a record, at this site, or over the sites that were measured. */
    synchronized double trainSeconds(String site) {
        return own(site)
                .map(ShortRounds::secondsPerRecord)
                .orElseGet(() -> mean(trained.values().stream()
                        .map(ShortRounds::secondsPerRecord)
                        .toList()));
    }

    /** Validation, a record, at this site, or over the sites that were measured. */
    synchronized double validateSeconds(String site) {
        Optional<Double> own = own(site).flatMap(this::secondsPerValidated);
        return own.orElseGet(() -> mean(trained.values().stream()
                .map(this::secondsPerValidated)
                .flatMap(Optional::stream)
                .toList()));
    }

    /** The most that the process takes until so many steps are trained in it, those of all its sites together. */
    synchronized OptionalLong memory(long allSteps) {
        return memory.after(allSteps, ProcessMemory.peak());
    }

    private Optional<JobEvent.SiteDone> own(String site) {
        return Optional.ofNullable(trained.get(site));
    }

    private static double secondsPerRecord(JobEvent.SiteDone done) {
        Outcome outcome = done.outcome();
        double seconds = outcome.metrics().getOrDefault(Outcome.TRAIN_SECONDS, done.seconds());
        return outcome.samples() == 0 ? 0 : seconds / outcome.samples();
    }

    private Optional<Double> secondsPerValidated(JobEvent.SiteDone done) {
        long records = sample.validated().getOrDefault(done.site(), 0L);
        Double seconds = done.outcome().metrics().get(Outcome.VALIDATION_SECONDS);
        return records == 0 || seconds == null ? Optional.empty() : Optional.of(seconds / records);
    }

    private static double taskSeconds(JobEvent.SiteDone done) {
        return done.outcome().metrics().getOrDefault(Outcome.TRAIN_SECONDS, done.seconds())
                + done.outcome().metrics().getOrDefault(Outcome.VALIDATION_SECONDS, 0.0);
    }

    private static double mean(Collection<Double> values) {
        OptionalDouble mean = values.stream().mapToDouble(Double::doubleValue).average();
        return mean.orElse(0);
    }

    /** How long tasks take together when so many run at a time and each begins as soon as there is room. */
    static double together(List<Double> seconds, int parallel) {
        List<Double> busyUntil = new ArrayList<>();
        for (double task : seconds) {
            if (busyUntil.size() < parallel) {
                busyUntil.add(task);
            } else {
                int first = 0;
                for (int i = 1; i < busyUntil.size(); i++) {
                    first = busyUntil.get(i) < busyUntil.get(first) ? i : first;
                }
                busyUntil.set(first, busyUntil.get(first) + task);
            }
        }
        return busyUntil.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }
}
