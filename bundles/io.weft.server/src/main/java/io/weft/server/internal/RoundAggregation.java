package io.weft.server.internal;

import io.weft.api.aggregation.Aggregation;
import io.weft.api.aggregation.Aggregator;
import io.weft.api.aggregation.Contribution;
import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.Outcome;
import io.weft.api.workflow.ModelRef;
import io.weft.exchange.Cancellation;
import io.weft.job.Job;
import io.weft.job.Section;
import io.weft.plugins.JobScope;
import io.weft.plugins.PluginCode;
import io.weft.tensor.DigestedWriter;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CancellationException;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a round's updates the next global model. The aggregator and the quantizers are held from the round's first task to its fold: one that is exchanged
 * meanwhile counts from the next round on.
 */
final class RoundAggregation implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RoundAggregation.class);

    private final Job job;
    private final IntFunction<JobScope> scopes;
    private final Models models;
    private final JobFolder folder;
    private final Cancellation cancellation;
    private final BiFunction<String, FoldedRound, Cancellation.Registration> watching;
    private Optional<Held> held = Optional.empty();

    private record Held(int round, JobScope scope, Partner<Aggregator> aggregator, Codings codings) {}

    /**
     * @param scopes opens the plugins of a round
     * @param watching watches a fold by the aggregator of that name; the calling thread does it
     */
    RoundAggregation(
            Job job,
            IntFunction<JobScope> scopes,
            Models models,
            JobFolder folder,
            Cancellation cancellation,
            BiFunction<String, FoldedRound, Cancellation.Registration> watching) {
        this.job = job;
        this.scopes = scopes;
        this.models = models;
        this.folder = folder;
        this.cancellation = cancellation;
        this.watching = watching;
    }

    /** Leases the round's aggregator and quantizers, when they are not held already; gives how tensors are coded on their way. */
    Codings hold(int round) {
        return held(round).codings();
    }

    /** The sections of the job file that name what a round holds, and of which kind that is. */
    static Map<Section, Class<? extends Plugin>> needed(Job job) {
        Map<Section, Class<? extends Plugin>> needed = new LinkedHashMap<>();
        needed.put(job.aggregator(), Aggregator.class);
        Stream.of(job.codedUp(), job.codedDown())
                .flatMap(Optional::stream)
                .forEach(coded -> needed.put(coded.section(), Quantizer.class));
        return needed;
    }

    private Held held(int round) {
        if (held.isEmpty() || held.get().round() != round) {
            close();
            JobScope scope = scopes.apply(round);
            try {
                scope.hold(needed(job));
                held = Optional.of(new Held(
                        round, scope, scope.plugin(Aggregator.class, job.aggregator()), Codings.of(job, scope)));
            } finally {
                if (held.isEmpty()) {
                    scope.close();
                }
            }
        }
        return held.get();
    }

    /**
     * A global model that is on disk.
     *
     * @param reports what the aggregator reported, by module
     * @param digest the SHA-256 of its file
     */
    record Made(SortedMap<String, SortedMap<String, Double>> reports, String digest) {}

    /** Writes the global model of the round and lets the aggregator go. */
    Made fold(int round, SortedMap<String, Outcome> outcomes, SortedMap<String, Double> weights) throws IOException {
        try (DigestedWriter result = Safetensors.createDigested(folder.global(round), models.exchanged())) {
            SortedMap<String, SortedMap<String, Double>> reports = fold(round, outcomes, weights, result);
            DigestedWriter.Contents contents = result.commitDigested();
            models.made(round, contents.tensors());
            return new Made(reports, contents.file());
        }
    }

    /** The same into another model, which is left to be committed. */
    SortedMap<String, SortedMap<String, Double>> fold(
            int round, SortedMap<String, Outcome> outcomes, SortedMap<String, Double> weights, TensorWriter result)
            throws IOException {
        try (Opened opened = new Opened()) {
            Partner<Aggregator> aggregator = held(round).aggregator();
            Codings codings = held(round).codings();
            TensorReader global = opened.add(models.open(ModelRef.global(round - 1)));
            List<Contribution> contributions = new ArrayList<>();
            for (Map.Entry<String, Outcome> entry : outcomes.entrySet()) {
                String site = entry.getKey();
                TensorReader model = opened.add(contribution(round, site, codings));
                contributions.add(new Contribution(
                        site, weights.get(site), entry.getValue().metrics(), model));
            }
            FoldedRound view = new FoldedRound(round, contributions, global, result, cancellation);
            aggregate(aggregator, view);
            return view.reports();
        } finally {
            close();
        }
    }

    /** What is thrown in a plugin's code is told with the plugin's name, since its author is who can do something about it. */
    private void aggregate(Partner<Aggregator> aggregator, FoldedRound view) throws IOException {
        String name = "aggregator '" + job.aggregator().type() + "'";
        // The watch first: a thread that starts for it is none of the plugin's.
        try (Cancellation.Registration watch = watching.apply(name, view);
                PluginCode code = PluginCode.of(aggregator.plugin());
                Aggregation aggregation = aggregator.plugin().open(aggregator.job())) {
            aggregation.aggregate(view);
        } catch (Refusal | CancellationException e) {
            throw e;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (RuntimeException | LinkageError | StackOverflowError | AssertionError e) {
            LOG.error("{} failed in round {}", name, view.number(), e);
            throw new Refusal(name + " failed in round " + view.number() + ": " + e + "; more in the log", e);
        }
    }

    private TensorReader contribution(int round, String site, Codings codings) throws IOException {
        Path file = folder.update(round, site);
        TensorReader spooled = codings.up().isPresent()
                ? codings.up().get().decoded(Safetensors.open(file), models.exchanged())
                : Safetensors.open(file, models.exchanged());
        Optional<ModelRef> base = differenceTo(round, site);
        return base.isPresent() ? new Added(models.open(base.get()), spooled) : spooled;
    }

    /** The model that a site's update belongs to, when it is a difference to that. */
    private Optional<ModelRef> differenceTo(int round, String site) throws IOException {
        Map<?, ?> facts = JobFolder.read(folder.updateFacts(round, site));
        return "difference".equals(facts.get("send"))
                ? Optional.of(new ModelRef(String.valueOf(facts.get("model"))))
                : Optional.empty();
    }

    /** Lets go what is held. */
    @Override
    public void close() {
        held.ifPresent(lease -> lease.scope().close());
        held = Optional.empty();
    }
}
