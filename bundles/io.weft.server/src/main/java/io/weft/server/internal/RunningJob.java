package io.weft.server.internal;

import io.weft.api.aggregation.Aggregation;
import io.weft.api.aggregation.Aggregator;
import io.weft.api.aggregation.Contribution;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.workflow.Done;
import io.weft.api.workflow.History;
import io.weft.api.workflow.ModelRef;
import io.weft.api.workflow.Quorum;
import io.weft.api.workflow.Step;
import io.weft.api.workflow.Workflow;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.job.Job;
import io.weft.plugins.JobScope;
import io.weft.plugins.Plugins;
import io.weft.server.JobEvent;
import io.weft.server.JobRequest;
import io.weft.server.JobResult;
import io.weft.server.JobState;
import io.weft.server.JobSummary;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A job whose sites are ready: asks the workflow what is next, does it, and records it, until the workflow is finished. */
final class RunningJob {

    private static final Logger LOG = LoggerFactory.getLogger(RunningJob.class);

    private final JobRequest request;
    private final Job job;
    private final Plugins plugins;
    private final Participants participants;
    private final SiteTasks tasks;
    private final Models models;
    private final JobFolder folder;
    private final Journal journal;
    private final EventLog events;
    private final Standing standing;
    private final Cancellation cancellation;
    private final Selection selection;
    private final List<Done> history = new ArrayList<>();
    private final long started = System.nanoTime();
    private long roundStarted = started;
    private long roundBytesUp;
    private long roundBytesDown;
    private int rounds;
    private Optional<RoundLease> lease = Optional.empty();

    /** The aggregator of a round, held from its first task to its fold: one that is exchanged meanwhile counts from the next round on. */
    private record RoundLease(int round, JobScope scope, Partner<Aggregator> aggregator) {}

    RunningJob(
            JobRequest request,
            Plugins plugins,
            Participants participants,
            SiteTasks tasks,
            Models models,
            JobFolder folder,
            Journal journal,
            EventLog events,
            Standing standing,
            Cancellation cancellation) {
        this.request = request;
        this.job = request.job();
        this.plugins = plugins;
        this.participants = participants;
        this.tasks = tasks;
        this.models = models;
        this.folder = folder;
        this.journal = journal;
        this.events = events;
        this.standing = standing;
        this.cancellation = cancellation;
        this.selection = new Selection(job.select());
    }

    /** Runs the workflow to its end; what goes wrong becomes the job's last state. */
    JobResult toTheEnd() throws IOException, InterruptedException {
        journal.tell(new JobEvent.Started(
                request.id(), request.folder(), job.workflow().rounds(), participants.names()));
        standing.enter(JobState.RUNNING, Optional.empty());
        try {
            for (Map.Entry<String, Message.Prepared> ready :
                    participants.prepared().entrySet()) {
                for (Message.WireLease lease : ready.getValue().leases()) {
                    events.lease(0, ready.getKey(), lease);
                }
                journal.noted(ready.getKey(), ready.getValue().notes());
            }
            for (Map.Entry<String, String> out : participants.leftOut().entrySet()) {
                events.siteFailed(0, out.getKey(), out.getValue());
                journal.failed(0, out.getKey(), out.getValue());
            }
            return end(JobState.FINISHED, steps());
        } catch (CancellationException e) {
            return end(JobState.STOPPED, Optional.of("the job was stopped"));
        } catch (InterruptedException e) {
            end(JobState.STOPPED, Optional.of("the job was interrupted"));
            throw e;
        } catch (Refusal e) {
            return end(JobState.FAILED, Optional.of(e.getMessage()));
        } catch (IOException | RuntimeException e) {
            LOG.error("job {} failed", request.id(), e);
            return end(JobState.FAILED, Optional.of(e instanceof IOException ? e.getMessage() : e.toString()));
        } finally {
            letGo();
        }
    }

    /** Runs all steps; gives the reason why the workflow ended before its last round, if it did. */
    private Optional<String> steps() throws IOException, InterruptedException {
        while (true) {
            cancellation.check();
            Step step = next();
            if (step instanceof Step.Ask ask) {
                done(ask(ask));
            } else if (step instanceof Step.Fold fold) {
                fold(fold);
                done(new Done(step, new TreeMap<>()));
            } else if (step instanceof Step.Finish finish) {
                finish(finish);
                done(new Done(step, new TreeMap<>()));
                return finish.reason();
            }
        }
    }

    private Step next() {
        try (JobScope scope = scope(rounds)) {
            Partner<Workflow> workflow =
                    scope.plugin(Workflow.class, job.section("workflow").orElseThrow());
            return workflow.plugin().next(workflow.job(), past());
        }
    }

    private History past() {
        List<String> sites = participants.names();
        int min = job.workflow().minSites().orElse(sites.size());
        Quorum quorum = new Quorum(min, job.workflow().deadline());
        Optional<String> enough =
                job.workflow().stop().flatMap(stop -> new EarlyStop(stop, job.weightBy()).reason(history));
        return new History(history, sites, quorum, enough);
    }

    private JobScope scope(int round) {
        JobScope.Place place = new JobScope.Place(request.id(), Optional.empty(), job.seed(), folder.pluginState());
        Recorded watch = new Recorded(round, events, journal, standing, cancellation);
        JobScope scope = new JobScope(plugins, place, job, watch, JobScope.Missing.AWAITED);
        scope.enter(round);
        return scope;
    }

    private void done(Done done) throws IOException {
        history.add(done);
        events.append("step", Steps.describe(done));
    }

    private Done ask(Step.Ask ask) throws IOException, InterruptedException {
        if (ask.task().equals(Task.TRAIN)) {
            roundStarted = System.nanoTime();
            roundBytesUp = journal.bytesUp();
            roundBytesDown = journal.bytesDown();
            hold(ask.round());
            journal.tell(new JobEvent.RoundStarted(ask.round()));
        }
        SiteTasks.Answered answered = tasks.ask(ask);
        SortedMap<String, Outcome> outcomes = answered.done().outcomes();
        if (ask.task().equals(Task.SUBMIT_MODEL)) {
            return answered.done();
        }
        if (ask.task().equals(Task.TRAIN)) {
            for (Map.Entry<String, Outcome> trained : outcomes.entrySet()) {
                double seconds = answered.seconds().get(trained.getKey());
                journal.trained(ask.round(), trained.getKey(), trained.getValue(), seconds);
            }
        }
        // What the sites measured is the model that they received, not the one that they made of it.
        Optional<ModelRef> common = ask.models().values().stream()
                .findFirst()
                .filter(model -> ask.models().values().stream().allMatch(model::equals));
        if (common.isPresent()) {
            int of = Models.round(common.get());
            journal.validated(of, !common.get().equals(ModelRef.global(of)), outcomes);
            selection.validated(of, outcomes);
        }
        return answered.done();
    }

    private void fold(Step.Fold fold) throws IOException {
        int round = fold.round();
        SortedMap<String, Outcome> outcomes = new TreeMap<>();
        for (ModelRef update : fold.updates()) {
            String site = update.id().substring(update.id().lastIndexOf('/') + 1);
            outcomes.put(site, outcome(update, site));
        }
        SortedMap<String, Double> weights = Weights.of(outcomes, job.weightBy());
        long begun = System.nanoTime();
        SortedMap<String, SortedMap<String, Double>> reports = fold(round, outcomes, weights);
        double seconds = (System.nanoTime() - begun) / 1e9;
        selection.trained(round, outcomes, weights);
        rounds = round;
        JobFolder.write(folder.roundMetrics(round), roundMetrics(round, outcomes, weights, reports, seconds));
        journal.aggregated(round, seconds, reports);
        journal.finished(new JobEvent.RoundFinished(
                round,
                outcomes,
                weights,
                journal.bytesUp() - roundBytesUp,
                journal.bytesDown() - roundBytesDown,
                (System.nanoTime() - roundStarted) / 1e9));
        standing.finished(round);
    }

    private RoundLease hold(int round) {
        if (lease.isEmpty() || lease.get().round() != round) {
            letGo();
            JobScope scope = scope(round);
            try {
                lease = Optional.of(new RoundLease(round, scope, scope.plugin(Aggregator.class, job.aggregator())));
            } finally {
                if (lease.isEmpty()) {
                    scope.close();
                }
            }
        }
        return lease.get();
    }

    private void letGo() {
        lease.ifPresent(held -> held.scope().close());
        lease = Optional.empty();
    }

    private Outcome outcome(ModelRef update, String site) {
        for (int i = history.size() - 1; i >= 0; i--) {
            if (history.get(i).step() instanceof Step.Ask ask
                    && update.equals(ModelRef.update(ask.round(), site))
                    && ask.task().equals(Task.TRAIN)
                    && history.get(i).outcomes().containsKey(site)) {
                return history.get(i).outcomes().get(site);
            }
        }
        throw new Refusal("the workflow folds '" + update.id() + "', which no site has returned");
    }

    /** What came of a round's training. */
    private Optional<Done> trained(int round) {
        return history.stream()
                .filter(done -> done.step() instanceof Step.Ask ask
                        && ask.round() == round
                        && ask.task().equals(Task.TRAIN))
                .reduce((earlier, later) -> later);
    }

    private SortedMap<String, SortedMap<String, Double>> fold(
            int round, SortedMap<String, Outcome> outcomes, SortedMap<String, Double> weights) throws IOException {
        ModelRef before = ModelRef.global(round - 1);
        try (Opened opened = new Opened()) {
            Partner<Aggregator> aggregator = hold(round).aggregator();
            TensorReader global = opened.add(models.open(before));
            List<Contribution> contributions = new ArrayList<>();
            for (Map.Entry<String, Outcome> entry : outcomes.entrySet()) {
                String site = entry.getKey();
                TensorReader model = opened.add(contribution(round, site));
                contributions.add(new Contribution(
                        site, weights.get(site), entry.getValue().metrics(), model));
            }
            try (TensorWriter result = Safetensors.create(folder.global(round), models.exchanged());
                    Aggregation aggregation = aggregator.plugin().open(aggregator.job())) {
                FoldedRound view = new FoldedRound(round, contributions, global, result, cancellation);
                aggregation.aggregate(view);
                result.commit();
                return view.reports();
            }
        } finally {
            letGo();
        }
    }

    private TensorReader contribution(int round, String site) throws IOException {
        TensorReader spooled = Safetensors.open(folder.update(round, site), models.exchanged());
        Optional<ModelRef> base = tasks.differenceTo(round, site);
        return base.isPresent() ? new Added(models.open(base.get()), spooled) : spooled;
    }

    private Map<String, Object> roundMetrics(
            int round,
            SortedMap<String, Outcome> outcomes,
            SortedMap<String, Double> weights,
            SortedMap<String, SortedMap<String, Double>> reports,
            double seconds) {
        Map<String, Object> sites = new LinkedHashMap<>();
        outcomes.forEach((site, outcome) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("weight", weights.get(site));
            one.putAll(Steps.describe(outcome));
            sites.put(site, one);
        });
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("round", round);
        metrics.put("sites", sites);
        trained(round).ifPresent(done -> {
            if (!done.failed().isEmpty()) {
                metrics.put("failed", done.failed());
            }
            if (!done.late().isEmpty()) {
                metrics.put("late", done.late());
            }
        });
        if (!reports.isEmpty()) {
            metrics.put("modules", reports);
        }
        metrics.put("aggregateSeconds", seconds);
        metrics.put("seconds", (System.nanoTime() - roundStarted) / 1e9);
        return metrics;
    }

    /** Chooses the result, has it measured as it will be written, and writes it. */
    private void finish(Step.Finish finish) throws IOException, InterruptedException {
        int last = Models.round(finish.result());
        List<String> validating = participants.validating();
        boolean measured = false;
        if (selection.needsValidation() && !validating.isEmpty()) {
            validate(validating, last, ModelRef.global(last));
            measured = true;
        }
        int chosen = selection.best().map(JobSummary.Best::round).orElse(last);
        boolean known = measured && chosen == last && !models.rounds();
        if (!validating.isEmpty() && !known) {
            validate(validating, chosen, Models.result(chosen));
        }
        try (TensorReader model = models.open(ModelRef.global(chosen))) {
            ResultFolder.write(folder.result(), models.manifest(), model);
        }
    }

    private void validate(List<String> sites, int round, ModelRef model) throws IOException, InterruptedException {
        SortedMap<String, ModelRef> asked = new TreeMap<>();
        sites.forEach(site -> asked.put(site, model));
        // With k of n a site that fails here costs its own measurement: all that was trained is there.
        Quorum quorum = job.workflow().minSites().isPresent()
                ? new Quorum(0, job.workflow().deadline())
                : new Quorum(sites.size(), Optional.empty());
        events.append("step", Steps.describe(ask(new Step.Ask(round, Task.VALIDATE, asked, quorum))));
    }

    private JobResult end(JobState state, Optional<String> reason) throws IOException {
        JobSummary summary = new JobSummary(
                request.id(),
                state,
                rounds,
                selection.known(),
                journal.bytesUp(),
                journal.bytesDown(),
                (System.nanoTime() - started) / 1e9);
        JobFolder.write(folder.summary(), Steps.describe(summary, reason));
        standing.enter(state, reason);
        return new JobResult(summary, reason);
    }
}
