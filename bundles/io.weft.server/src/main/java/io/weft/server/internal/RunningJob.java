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
import io.weft.server.JobEvent;
import io.weft.server.JobRequest;
import io.weft.server.JobResult;
import io.weft.server.JobState;
import io.weft.server.JobSummary;
import io.weft.tensor.DiskFull;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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
    private final Selection selection;
    private final RoundAggregation aggregation;
    private final JobTime time;
    private final List<LogEntry> past;
    private final List<Done> history = new ArrayList<>();
    private final List<Done> measuredAtTheEnd = new ArrayList<>();
    private int begunRound;
    private double roundStarted;
    private long roundBytesUp;
    private long roundBytesDown;
    private int rounds;

    /**
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
        this.time = time;
        this.past = List.copyOf(past);
        this.cancellation = cancellation;
        this.suspended = suspended;
        this.stays = stays;
        this.selection = new Selection(job.select());
        this.aggregation = new RoundAggregation(job, this::scope, tasks, models, folder, cancellation);
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
            for (Map.Entry<String, String> out : participants.leftOut().entrySet()) {
                events.siteFailed(0, out.getKey(), out.getValue(), Optional.empty());
                journal.failed(0, out.getKey(), out.getValue());
            }
            return end(JobState.FINISHED, steps());
        } catch (CancellationException e) {
            return end(JobState.STOPPED, Optional.of("the job was stopped"));
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
        if (model.isPresent() && history.isEmpty()) {
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
        journal.replay();
        List<LogEntry> open = new ArrayList<>();
        for (LogEntry entry : past) {
            if (entry instanceof LogEntry.Sitting) {
                // Whatever the last step came to, short of tasks that were done, is to be done again.
                open.removeIf(undone -> !(undone instanceof LogEntry.Task));
            } else if (entry instanceof LogEntry.Step step) {
                for (LogEntry one : open) {
                    replay(one);
                }
                replay(step, open);
                open.clear();
            } else if (entry instanceof LogEntry.Uncounted uncounted && uncounted.stands()) {
                replay(uncounted);
            } else {
                open.add(entry);
            }
        }
        for (LogEntry one : open) {
            if (one instanceof LogEntry.Task task) {
                replay(task);
                tasks.know(task);
            }
        }
        standing.resumed(rounds);
        journal.tell(new JobEvent.Resumed(rounds, tasks.known(), journal.start(rounds)));
    }

    private void replay(LogEntry entry) throws IOException {
        if (entry instanceof LogEntry.Reported reported) {
            journal.reported(reported.round(), reported.metric(), reported.value());
        } else if (entry instanceof LogEntry.Uncounted uncounted) {
            replay(uncounted);
        } else if (entry instanceof LogEntry.Task task) {
            replay(task);
        }
    }

    private void replay(LogEntry.Uncounted entry) throws IOException {
        if (entry.received().isPresent()) {
            journal.transferred(
                    entry.round(), entry.site(), false, entry.received().get());
        }
        if (entry.late()) {
            journal.late(entry.round(), entry.site(), entry.reason(), entry.values());
        } else {
            journal.failed(entry.round(), entry.site(), entry.reason());
        }
    }

    private void replay(LogEntry.Task task) throws IOException {
        if (task.task().equals(Task.TRAIN)) {
            begin(task.round());
        }
        if (!task.task().equals(Task.SUBMIT_MODEL)) {
            journal.transferred(task.round(), task.site(), false, task.received());
        }
        if (task.sent().isPresent()) {
            journal.transferred(task.round(), task.site(), true, task.sent().get());
        }
    }

    private void replay(LogEntry.Step entry, List<LogEntry> open) throws IOException {
        Done done = entry.done();
        if (done.step() instanceof Step.Ask ask) {
            SortedMap<String, Double> seconds = new TreeMap<>();
            for (LogEntry one : open) {
                if (one instanceof LogEntry.Task task) {
                    seconds.put(task.site(), task.seconds());
                }
            }
            answered(ask, done.outcomes(), seconds);
        } else if (done.step() instanceof Step.Fold fold && entry.fold().isPresent()) {
            SortedMap<String, Outcome> outcomes = outcomes(fold);
            folded(
                    fold.round(),
                    outcomes,
                    Weights.of(outcomes, job.weightBy()),
                    entry.fold().get());
        }
        (entry.finishing() ? measuredAtTheEnd : history).add(done);
    }

    /** Runs all steps that are left; gives the reason why the workflow ended before its last round, if it did. */
    private Optional<String> steps() throws IOException, InterruptedException {
        takeFirstModel();
        while (true) {
            if (!history.isEmpty() && history.get(history.size() - 1).step() instanceof Step.Finish finish) {
                return finish.reason();
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

    private void done(Done done, Optional<LogEntry.Folded> fold) throws IOException {
        history.add(done);
        events.append(LogEntry.Step.EVENT, new LogEntry.Step(done, false, fold).describe());
        tasks.forget();
    }

    /** The round's time and bytes count from here, whatever sitting that was in. */
    private void begin(int round) {
        if (begunRound != round) {
            begunRound = round;
            roundStarted = time.seconds();
            roundBytesUp = journal.bytesUp();
            roundBytesDown = journal.bytesDown();
        }
    }

    private Done ask(Step.Ask ask) throws IOException, InterruptedException {
        // Models that are only measured go as they are: what is measured is the model, not what coding makes of it.
        Codings codings = Codings.NONE;
        if (ask.task().equals(Task.TRAIN)) {
            begin(ask.round());
            codings = aggregation.hold(ask.round());
            journal.tell(new JobEvent.RoundStarted(ask.round()));
        }
        SiteTasks.Answered answered = tasks.ask(ask, codings);
        answered(ask, answered.done().outcomes(), answered.seconds());
        return answered.done();
    }

    private void answered(Step.Ask ask, SortedMap<String, Outcome> outcomes, SortedMap<String, Double> seconds)
            throws IOException {
        if (ask.task().equals(Task.SUBMIT_MODEL)) {
            return;
        }
        if (ask.task().equals(Task.TRAIN)) {
            for (Map.Entry<String, Outcome> trained : outcomes.entrySet()) {
                journal.trained(
                        ask.round(), trained.getKey(), trained.getValue(), seconds.getOrDefault(trained.getKey(), 0.0));
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
    }

    private SortedMap<String, Outcome> outcomes(Step.Fold fold) {
        SortedMap<String, Outcome> outcomes = new TreeMap<>();
        for (ModelRef update : fold.updates()) {
            String site = update.id().substring(update.id().lastIndexOf('/') + 1);
            outcomes.put(site, outcome(update, site));
        }
        return outcomes;
    }

    private LogEntry.Folded fold(Step.Fold fold) throws IOException {
        int round = fold.round();
        SortedMap<String, Outcome> outcomes = outcomes(fold);
        SortedMap<String, Double> weights = Weights.of(outcomes, job.weightBy());
        long begun = System.nanoTime();
        SortedMap<String, SortedMap<String, Double>> reports = aggregation.fold(round, outcomes, weights);
        LogEntry.Folded folded =
                new LogEntry.Folded(reports, (System.nanoTime() - begun) / 1e9, time.seconds() - roundStarted);
        JobFolder.write(
                folder.roundMetrics(round), RoundMetrics.describe(round, outcomes, weights, trained(round), folded));
        folded(round, outcomes, weights, folded);
        standing.finished(round);
        return folded;
    }

    private void folded(
            int round, SortedMap<String, Outcome> outcomes, SortedMap<String, Double> weights, LogEntry.Folded folded)
            throws IOException {
        selection.trained(round, outcomes, weights);
        rounds = round;
        journal.aggregated(round, folded.aggregateSeconds(), folded.modules());
        journal.finished(new JobEvent.RoundFinished(
                round,
                outcomes,
                weights,
                journal.bytesUp() - roundBytesUp,
                journal.bytesDown() - roundBytesDown,
                folded.seconds()));
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
        if (measuredAtTheEnd.stream().noneMatch(done -> done.step().equals(ask))) {
            Done done = ask(ask);
            events.append(LogEntry.Step.EVENT, new LogEntry.Step(done, true, Optional.empty()).describe());
            tasks.forget();
        }
    }

    /** Why a job fails may be why that cannot be put on record; what is on disk then says that the job runs, and it can be resumed. */
    private JobResult failed(String reason) {
        try {
            return end(JobState.FAILED, Optional.of(reason));
        } catch (IOException e) {
            LOG.error("job {}: that it failed is not on record", request.id(), e);
            return new JobResult(summary(JobState.FAILED), Optional.of(reason));
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

    private JobSummary summary(JobState state) {
        return new JobSummary(
                request.id(), state, rounds, selection.known(), journal.bytesUp(), journal.bytesDown(), time.seconds());
    }

    private JobResult end(JobState state, Optional<String> reason) throws IOException {
        if (suspended.getAsBoolean() && state != JobState.FINISHED) {
            // Whatever went wrong meanwhile, such as a plugin that went, is of no account: the next sitting goes on.
            return new JobResult(summary(JobState.WAITING), Optional.of("the server was stopped"));
        }
        JobSummary summary = summary(state);
        journal.force();
        JobFolder.write(folder.summary(), Steps.describe(summary, reason));
        standing.enter(state, reason);
        return new JobResult(summary, reason);
    }
}
