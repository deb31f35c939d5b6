package io.weft.server.internal;

import io.weft.api.aggregation.Aggregator;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tracking.Tracker;
import io.weft.api.training.TrainingSetup;
import io.weft.api.workflow.ModelRef;
import io.weft.api.workflow.Workflow;
import io.weft.exchange.Cancellation;
import io.weft.exchange.CarriedFiles;
import io.weft.exchange.Message;
import io.weft.job.DataSettings;
import io.weft.job.Job;
import io.weft.job.Section;
import io.weft.plugins.JobScope;
import io.weft.plugins.JobWatch;
import io.weft.plugins.Plugins;
import io.weft.server.Alarm;
import io.weft.server.JobEvent;
import io.weft.server.JobObserver;
import io.weft.server.JobRequest;
import io.weft.server.JobResult;
import io.weft.server.JobState;
import io.weft.tensor.Durable;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One job: gathers its sites, holds them to one manifest, runs the rounds, and lets the sites go. */
public final class JobRun {

    /** The event that a job goes on. */
    static final String RESUMED = "resumed";

    private static final Logger LOG = LoggerFactory.getLogger(JobRun.class);

    private final JobRequest request;
    private final Job job;
    private final Plugins plugins;
    private final SiteRegistry registry;
    private final JobObserver observer;
    private final Cancellation cancellation;
    private final JobFolder folder;
    private final OfferedBases offered;
    private final Alarm alarm;
    private final Duration patience;
    private boolean finished;
    private boolean begun;
    private volatile boolean suspended;
    private volatile Optional<Models> models = Optional.empty();
    private volatile Optional<Outgoing> outgoing = Optional.empty();
    private volatile Optional<Journal> journal = Optional.empty();
    private volatile Optional<Standing> standing = Optional.empty();
    private final GettingReady gettingReady = new GettingReady();

    /**
     * @param alarm rings at deadlines
     * @param patience how long the end waits for a site that does not stop
     */
    public JobRun(
            JobRequest request,
            Plugins plugins,
            SiteRegistry registry,
            JobObserver observer,
            Cancellation cancellation,
            Alarm alarm,
            Duration patience) {
        this.request = request;
        this.job = request.job();
        this.plugins = plugins;
        this.registry = registry;
        this.observer = observer;
        this.cancellation = cancellation;
        this.alarm = alarm;
        this.patience = patience;
        this.folder = new JobFolder(request.folder());
        this.offered = new OfferedBases(request.carried().bases());
    }

    /** Whether a site may pull this job's models. */
    public boolean takesPart(String site) {
        return request.sites().contains(site);
    }

    /**
     * Offers the server's own base to a site that has none of that name.
     *
     * @throws Refusal when the job does not share it, or the server has none or another one
     */
    public Message.BaseOffered offerBase(String site) throws IOException {
        return offered.offer(site, job.forSite(site));
    }

    /** Opens a model for a site. */
    public TensorReader model(String site, String reference) throws IOException {
        if (reference.startsWith(OfferedBases.PREFIX)) {
            return offered.open(site, reference);
        }
        if (reference.equals(CarriedFiles.RESOURCE)) {
            return CarriedFiles.offer(request.carried().files());
        }
        if (reference.equals(CarriedFiles.FIRST_MODEL)) {
            return CarriedFiles.offer(firstModel());
        }
        if (reference.startsWith(Outgoing.PREFIX)) {
            return outgoing.orElseThrow(() -> new Refusal("the job has no models yet"))
                    .open(reference);
        }
        return models.orElseThrow(() -> new Refusal("the job has no models yet"))
                .open(new ModelRef(reference));
    }

    /** A site is that far. */
    public void progressed(String site, Message.Step step) {
        journal.ifPresent(to -> to.stepped(
                new JobEvent.SiteStep(step.round(), site, step.activity(), step.done(), step.total(), step.values())));
    }

    /** A site's training wrote something down. */
    public void tracked(String site, Message.Tracked tracked) {
        journal.ifPresent(to -> to.tracked(tracked.round(), site, tracked.tag(), tracked.step(), tracked.value()));
    }

    /** A program of the job wrote something at a site. */
    public void wrote(String site, List<String> lines) {
        journal.ifPresent(to -> to.wrote(site, lines));
    }

    /** A site has something to say. */
    public void noted(String site, String message) {
        journal.ifPresent(to -> to.noted(site, List.of(message)));
    }

    /** A site waits, or goes on when there is no reason to wait. */
    public void waits(String site, String reason) {
        if (standing.isEmpty()) {
            // It is just getting ready, and may wait for a person's approval.
            observer.happened(new JobEvent.StateChanged(
                    request.resumes() ? JobState.WAITING : JobState.SUBMITTED, gettingReady.waits(site, reason)));
            return;
        }
        try {
            if (reason.isEmpty()) {
                standing.get().goesOn(site);
            } else {
                standing.get().waits(site, reason);
            }
        } catch (IOException e) {
            LOG.warn("job {}: that site {} waits is not on record", request.id(), site, e);
        }
    }

    /** Runs to the end. */
    public JobResult run() throws IOException, InterruptedException {
        Optional<Chain> chain = request.resumes() ? Optional.of(Chain.read(folder.events())) : Optional.empty();
        begun = chain.isPresent();
        List<LogEntry> past = chain.map(Chain::events).orElse(List.of()).stream()
                .flatMap(event -> LogEntry.of(event).stream())
                .toList();
        // Who could not take part when the job began does not now: the models would not be what they would have been.
        List<String> names = chain.map(JobRecord::takingPart).orElse(request.sites());
        int least = registry.sitesReturn()
                ? Math.min(job.workflow().minSites().orElse(names.size()), names.size())
                : names.size();
        List<RemoteSite> sites = registry.await(names, least, cancellation);
        Return back = new Return(
                this::prepare,
                alarm,
                job.workflow().minSites().isPresent() ? Optional.of(Return.GRACE) : Optional.empty());
        SortedMap<String, Integer> kept = kept(past);
        try (Asking asking = new Asking(request.id(), cancellation, alarm)) {
            try {
                checkPlugins();
                Readiness ready = Readiness.of(
                        sites,
                        job,
                        asking,
                        (site, wanted) -> back.begin(site, kept.getOrDefault(site.name(), 0), wanted));
                return run(sites, ready, asking, chain, past, back, kept);
            } finally {
                leave(sites);
            }
        }
    }

    /** Ends this sitting and leaves the job as it is, for a later one. */
    public void suspend() {
        suspended = true;
        cancellation.cancel();
    }

    /** What the server itself will need must be there before any site begins. */
    private void checkPlugins() {
        Map<Section, Class<? extends Plugin>> needed = new LinkedHashMap<>(RoundAggregation.needed(job));
        needed.put(job.section("workflow").orElseThrow(), Workflow.class);
        job.track().forEach(tracker -> needed.put(tracker, Tracker.class));
        try (JobScope scope = scope(new Unrecorded(cancellation))) {
            scope.hold(needed);
            scope.plugin(Workflow.class, job.section("workflow").orElseThrow());
            scope.plugin(Aggregator.class, job.aggregator());
            Codings.of(job, scope);
            job.track().forEach(tracker -> scope.plugin(Tracker.class, tracker));
        }
    }

    private JobScope scope(JobWatch watch) {
        JobScope.Place place = new JobScope.Place(request.id(), Optional.empty(), job.seed(), folder.pluginState());
        return new JobScope(plugins, place, job, watch);
    }

    /** The newest round of which each site keeps plugins' states. */
    private static SortedMap<String, Integer> kept(List<LogEntry> past) {
        SortedMap<String, Integer> kept = new TreeMap<>();
        past.stream()
                .filter(LogEntry.Task.class::isInstance)
                .map(LogEntry.Task.class::cast)
                .filter(LogEntry.Task::keeps)
                .forEach(task -> kept.merge(task.site(), task.round(), Math::max));
        return kept;
    }

    /** The first model by its name, for sites that have none; empty when the job brings none. */
    private SortedMap<String, Path> firstModel() {
        SortedMap<String, Path> model = new TreeMap<>();
        request.carried().model().ifPresent(file -> model.put(file.getFileName().toString(), file));
        return model;
    }

    private Message.Prepared prepare(RemoteSite site, int kept, Wanted wanted)
            throws IOException, InterruptedException {
        Message prepare = new Message.Prepare(
                request.id(),
                job.text(),
                request.jobFileName(),
                kept,
                CarriedFiles.describe(request.carried().files()),
                CarriedFiles.describe(firstModel()),
                request.submitter());
        return site.ask(prepare, Message.Prepared.class, wanted);
    }

    private JobResult run(
            List<RemoteSite> sites,
            Readiness ready,
            Asking asking,
            Optional<Chain> chain,
            List<LogEntry> past,
            Return back,
            SortedMap<String, Integer> keeping)
            throws IOException, InterruptedException {
        checkValidation(ready.prepared());
        if (chain.isPresent()) {
            checkUnchanged(chain.get(), ready.manifest());
            new Leftovers(folder, past).remove();
        } else {
            createFolder();
        }
        JobTime time = new JobTime(chain.map(Chain::seconds).orElse(0.0), System::nanoTime);
        JobObserver told = oneAtATime(observer);
        Models kept = new Models(folder, ready.manifest());
        try (Outgoing coded = new Outgoing(kept, folder);
                EventLog events = log(chain, ready, time);
                Trackers trackers = trackers(events, told);
                Journal recorded =
                        new Journal(new MetricsFile(folder.metrics()), new SiteLogs(folder), trackers, told)) {
            begun = true;
            Durable.write(folder.job(), job.text().getBytes(StandardCharsets.UTF_8));
            models = Optional.of(kept);
            outgoing = Optional.of(coded);
            journal = Optional.of(recorded);
            Participants participants = new Participants(sites, ready.prepared(), ready.leftOut());
            Standing stands = new Standing(request.id(), folder, recorded, events);
            standing = Optional.of(stands);
            SiteTasks tasks = new SiteTasks(
                    request.id(),
                    job,
                    asking,
                    participants,
                    kept,
                    coded,
                    new Incoming(request.id(), kept, folder),
                    recorded,
                    events,
                    stands,
                    back,
                    keeping,
                    cancellation);
            RunningJob running = new RunningJob(
                    request,
                    plugins,
                    participants,
                    tasks,
                    kept,
                    folder,
                    recorded,
                    events,
                    stands,
                    time,
                    alarm,
                    past,
                    cancellation,
                    () -> suspended,
                    registry.sitesReturn());
            JobResult result = running.toTheEnd();
            finished = result.summary().state() == JobState.FINISHED;
            return result;
        }
    }

    private EventLog log(Optional<Chain> chain, Readiness ready, JobTime time) throws IOException {
        Clock clock = Clock.systemUTC();
        if (chain.isEmpty()) {
            return EventLog.begin(folder.events(), clock, time, JobRecord.describe(request, ready));
        }
        EventLog events = EventLog.goOn(folder.events(), chain.get(), clock, time);
        events.append(RESUMED, Map.of());
        return events;
    }

    /** What the sites have now must be what they had when the job began. */
    private void checkUnchanged(Chain chain, Message.WireManifest manifest) throws IOException {
        String base = JobRecord.base(chain);
        if (!base.equals(manifest.baseDigest())) {
            throw new Refusal("the job began on a base with digest " + base + ", and the sites have one with digest "
                    + manifest.baseDigest() + " now; put the former files back, or start the job anew");
        }
        if (Files.exists(folder.manifest())
                && !JobFolder.line(JobFolder.read(folder.manifest()))
                        .equals(JobFolder.line(JobFolder.plain(manifest)))) {
            throw new Refusal("the sites would exchange other tensors now than those the job began with; put the former"
                    + " plugins back, or start the job anew");
        }
    }

    private Trackers trackers(EventLog events, JobObserver told) {
        Consumer<String> note = message -> told.happened(new JobEvent.Noted(Optional.empty(), message));
        return Trackers.start(
                request.id(),
                job,
                folder,
                round -> scope(new LeasesRecorded(round, events, note, cancellation)),
                note,
                cancellation);
    }

    private static JobObserver oneAtATime(JobObserver observer) {
        Object turn = new Object();
        return event -> {
            synchronized (turn) {
                observer.happened(event);
            }
        };
    }

    private void createFolder() {
        try {
            Files.createDirectories(request.folder());
        } catch (IOException e) {
            throw new Refusal(
                    "the run's folder " + request.folder() + " cannot be made (" + FileProblem.words(e)
                            + "); name one in a folder that can be written",
                    e);
        }
    }

    /** A site may lack the dataset; when all do, its name is wrong. */
    private void checkValidation(SortedMap<String, Message.Prepared> prepared) {
        Optional<String> validate = job.data().flatMap(DataSettings::validate);
        if (validate.isPresent()
                && prepared.values().stream()
                        .noneMatch(answer -> answer.datasets().contains(TrainingSetup.VALIDATE))) {
            throw job.refuse(
                    "no site has a dataset '" + validate.get() + "' to validate on; correct the name, or leave it out",
                    "data",
                    "validate");
        }
    }

    /**
     * Tells the sites that the sitting is over, and waits until what they still did has stopped, for some time. When the server itself
     * goes, its links tell them.
     */
    private void leave(List<RemoteSite> sites) throws InterruptedException {
        for (RemoteSite site : suspended ? List.<RemoteSite>of() : sites) {
            Cancellation impatient = new Cancellation();
            try (Cancellation.Registration waiting = alarm.after(patience, impatient::cancel)) {
                site.ask(new Message.Leave(request.id(), finished || !begun), Message.Accepted.class, impatient);
            } catch (CancellationException e) {
                observer.happened(new JobEvent.Noted(
                        Optional.of(site.name()),
                        "it does not stop what it was asked, and is left to itself; look at its trainer"));
            } catch (IOException | RuntimeException e) {
                LOG.debug("site {} could not be told that job {} is over", site.name(), request.id(), e);
            }
        }
    }
}
