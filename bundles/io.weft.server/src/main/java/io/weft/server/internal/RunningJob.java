package io.weft.server.internal;

import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
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
import io.weft.server.Alarm;
import io.weft.server.JobEvent;
import io.weft.server.JobRequest;
import io.weft.server.JobResult;
import io.weft.server.JobState;
import io.weft.server.JobSummary;
import io.weft.tensor.DiskFull;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
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
    private final BooleanSupplier suspended;
    private final boolean stays;
    private final RoundAggregation aggregation;
    private final Committed committed;
    private final Retention retention;
    private final RunHistory history;
    private final HeldJars jars = new HeldJars();
    private final List<LogEntry> past;

    /**
     * @param alarm rings when an aggregator has made nothing for long
     * @param past what is on record of a job that is resumed
     * @param suspended whether a cancellation ends this sitting alone, and not the job
     * @param stays whether the server can take the job up again by itself
     */
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
            JobTime time,
            Alarm alarm,
            List<LogEntry> past,
            Cancellation cancellation,
            BooleanSupplier suspended,
            boolean stays) {
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
        this.past = List.copyOf(past);
        this.cancellation = cancellation;
        this.suspended = suspended;
        this.stays = stays;
        this.history = new RunHistory(job, journal, time);
        this.aggregation = new RoundAggregation(
                job,
                this::scope,
                models,
                folder,
                cancellation,
                (aggregator, fold) -> FoldWatch.start(aggregator, fold, alarm, this::note));
        this.committed = new Committed(folder);
        this.retention = new Retention(folder, events, job.keptUpdates());
    }

    /**
     * Runs the workflow to its end; what goes wrong becomes the job's last state.
     *
     * @throws DiskFull when the job waits for room, and a later sitting can go on
     */
    JobResult toTheEnd() throws IOException, InterruptedException {
        journal.tell(new JobEvent.Started(
                request.id(), request.folder(), job.workflow().rounds(), participants.names()));
        goOn();
        standing.enter(JobState.RUNNING, Optional.empty());
        try {
            for (Map.Entry<String, Message.Prepared> ready :
                    participants.prepared().entrySet()) {
                for (Message.WireLease lease : ready.getValue().leases()) {
                    events.lease(0, ready.getKey(), lease);
                }
                journal.noted(ready.getKey(), ready.getValue().notes());
            }
            Codings.notes(job, models.exchanged()).forEach(this::note);
            for (Map.Entry<String, String> out : participants.leftOut().entrySet()) {
                events.siteFailed(0, out.getKey(), out.getValue(), Optional.empty());
                journal.failed(0, out.getKey(), out.getValue());
            }
            return end(JobState.FINISHED, steps());
        } catch (CancellationException e) {
            return end(JobState.STOPPED, Optional.of(cancellation.reason()));
        } catch (InterruptedException e) {
            end(JobState.STOPPED, Optional.of("the job was interrupted"));
            throw e;
        } catch (Refusal e) {
            return failed(e.getMessage());
        } catch (DiskFull e) {
            if (!stays) {
                return failed(e.getMessage());
            }
            pause(e.getMessage());
            throw e;
        } catch (IOException e) {
            LOG.error("job {} failed", request.id(), e);
            return failed(FileProblem.words(e));
        } catch (RuntimeException | LinkageError | StackOverflowError | AssertionError e) {
            // An error, too: a plugin that lacks a class fails its job, not the runtime.
            LOG.error("job {} failed", request.id(), e);
            return failed(e + "; more in the log");
        } finally {
            aggregation.close();
        }
    }

    /** A job that brings its first model asks no site for one: that step is done before the workflow is asked. */
    private void takeFirstModel() throws IOException {
        Optional<Path> model = request.carried().model();
        if (model.isPresent() && history.steps().isEmpty()) {
            FirstModel.take(model.get(), models, folder);
            Quorum nobody = new Quorum(0, Optional.empty());
            done(
                    new Done(new Step.Ask(0, Task.SUBMIT_MODEL, new TreeMap<>(), nobody), new TreeMap<>()),
                    Optional.empty());
        }
    }

    /** Brings everything to where it was when the last sitting ended. */
    private void goOn() throws IOException {
        if (!request.resumes()) {
            journal.start(0);
            return;
        }
        new Replay(past, history, journal, tasks).run();
        retention.resumed(history.rounds());
        standing.resumed(history.rounds());
        journal.tell(new JobEvent.Resumed(history.rounds(), tasks.known(), journal.start(history.rounds())));
    }

    /** Runs all steps that are left; gives the reason why the workflow ended before its last round, if it did. */
    private Optional<String> steps() throws IOException, InterruptedException {
        takeFirstModel();
        while (true) {
            Optional<Step.Finish> end = history.end();
            if (end.isPresent()) {
                return end.get().reason();
            }
            cancellation.check();
            Step step = next();
            if (step instanceof Step.Ask ask) {
                done(ask(ask), Optional.empty());
            } else if (step instanceof Step.Fold fold) {
                LogEntry.Folded folded = fold(fold);
                done(new Done(step, new TreeMap<>()), Optional.of(folded));
            } else if (step instanceof Step.Finish finish) {
                finish(finish);
                done(new Done(step, new TreeMap<>()), Optional.empty());
            }
        }
    }

    private Step next() {
        try (JobScope scope = scope(history.rounds())) {
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
                job.workflow().stop().flatMap(stop -> new EarlyStop(stop, job.weightBy()).reason(history.steps()));
        return new History(history.steps(), sites, quorum, enough);
    }

    private JobScope scope(int round) {
        JobScope.Place place = new JobScope.Place(request.id(), Optional.empty(), job.seed(), folder.pluginState());
        Recorded watch = new Recorded(round, events, journal, standing, jars, cancellation);
        JobScope scope = new JobScope(plugins, place, job, watch, JobScope.Missing.AWAITED);
        scope.enter(round);
        return scope;
    }

    private void note(String message) {
        journal.tell(new JobEvent.Noted(Optional.empty(), message));
    }

    private void done(Done done, Optional<LogEntry.Folded> fold) throws IOException {
        history.add(done);
        LogEntry.Step entry = new LogEntry.Step(done, false, fold, committed.by(done.step()));
        events.append(LogEntry.Step.EVENT, entry.describe());
        tasks.forget();
        if (done.step() instanceof Step.Fold folded) {
            retention.committed(folded.round());
        }
    }

    private Done ask(Step.Ask ask) throws IOException, InterruptedException {
        // Models that are only measured go as they are: what is measured is the model, not what coding makes of it.
        Codings codings = Codings.NONE;
        if (ask.task().equals(Task.TRAIN)) {
            history.begin(ask.round());
            codings = aggregation.hold(ask.round());
            journal.tell(new JobEvent.RoundStarted(ask.round()));
        }
        SiteTasks.Answered answered = tasks.ask(ask, codings);
        history.answered(ask, answered.done().outcomes(), answered.seconds());
        return answered.done();
    }

    private LogEntry.Folded fold(Step.Fold fold) throws IOException {
        int round = fold.round();
        SortedMap<String, Outcome> outcomes = history.outcomes(fold);
        SortedMap<String, Double> weights = Weights.of(outcomes, job.weightBy());
        long begun = System.nanoTime();
        RoundAggregation.Made made = aggregation.fold(round, outcomes, weights);
        committed.know(folder.global(round), made.digest());
        LogEntry.Folded folded =
                new LogEntry.Folded(made.reports(), (System.nanoTime() - begun) / 1e9, history.secondsOfRound());
        JobFolder.write(
                folder.roundMetrics(round),
                RoundMetrics.describe(round, outcomes, weights, history.trained(round), folded));
        history.folded(round, outcomes, folded);
        standing.finished(round);
        return folded;
    }

    /** Chooses the result, has it measured as it will be written, and writes it. */
    private void finish(Step.Finish finish) throws IOException, InterruptedException {
        int last = Models.round(finish.result());
        List<String> validating = participants.validating();
        boolean measured = false;
        if (history.selection().needsValidation() && !validating.isEmpty()) {
            validate(validating, last, ModelRef.global(last));
            measured = true;
        }
        int chosen = history.selection().best().map(JobSummary.Best::round).orElse(last);
        boolean known = measured && chosen == last && !models.rounds();
        if (!validating.isEmpty() && !known) {
            validate(validating, chosen, Models.result(chosen));
        }
        try (Opened opened = new Opened()) {
            TensorReader model = opened.add(models.open(ModelRef.global(chosen)));
            Optional<TensorReader> frozen = models.openFrozen();
            frozen.ifPresent(opened::add);
            ResultFolder.write(folder.result(), models.manifest(), model, frozen);
        }
    }

    private void validate(List<String> sites, int round, ModelRef model) throws IOException, InterruptedException {
        SortedMap<String, ModelRef> asked = new TreeMap<>();
        sites.forEach(site -> asked.put(site, model));
        // With k of n a site that fails here costs its own measurement: all that was trained is there.
        Quorum quorum = job.workflow().minSites().isPresent()
                ? new Quorum(0, job.workflow().deadline())
                : new Quorum(sites.size(), Optional.empty());
        Step.Ask ask = new Step.Ask(round, Task.VALIDATE, asked, quorum);
        if (!history.measured(ask)) {
            Done done = ask(ask);
            LogEntry.Step entry = new LogEntry.Step(done, true, Optional.empty(), new TreeMap<>());
            events.append(LogEntry.Step.EVENT, entry.describe());
            tasks.forget();
        }
    }

    /** Why a job fails may be why that cannot be put on record; what is on disk then says that the job runs, and it can be resumed. */
    private JobResult failed(String reason) {
        try {
            return end(JobState.FAILED, Optional.of(reason));
        } catch (IOException e) {
            LOG.error("job {}: that it failed is not on record", request.id(), e);
            return new JobResult(history.summary(request.id(), JobState.FAILED), Optional.of(reason));
        }
    }

    /** There may be no room to put that on record either; what is on disk then says that the job runs, and it can be resumed. */
    private void pause(String reason) {
        try {
            standing.enter(JobState.WAITING, Optional.of(reason));
        } catch (IOException e) {
            LOG.debug("job {}: that it waits is not on record", request.id(), e);
            journal.tell(new JobEvent.StateChanged(JobState.WAITING, Optional.of(reason)));
        }
    }

    private JobResult end(JobState state, Optional<String> reason) throws IOException {
        if (suspended.getAsBoolean() && state != JobState.FINISHED) {
            // Whatever went wrong meanwhile, such as a plugin that went, is of no account: the next sitting goes on.
            return new JobResult(
                    history.summary(request.id(), JobState.WAITING), Optional.of("the server was stopped"));
        }
        JobSummary summary = history.summary(request.id(), state);
        journal.force();
        JobFolder.write(folder.summary(), Steps.describe(summary, reason));
        standing.end(state, reason, committed.of(List.of(folder.summary())));
        return new JobResult(summary, reason);
    }
}
