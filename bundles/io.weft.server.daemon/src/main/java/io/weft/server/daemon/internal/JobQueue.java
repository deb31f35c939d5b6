package io.weft.server.daemon.internal;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.identity.Identity;
import io.weft.identity.Role;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.server.Alarm;
import io.weft.server.JobEvent;
import io.weft.server.JobLock;
import io.weft.server.JobRequest;
import io.weft.server.JobResult;
import io.weft.server.JobState;
import io.weft.server.Server;
import io.weft.server.SharedBases;
import io.weft.server.StoredJob;
import io.weft.tensor.DiskFull;
import io.weft.tensor.FileProblem;
import io.weft.tensor.MissingRoom;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs of a server, in the order in which they came: on disk, and those that run on a thread each. A job begins, or goes on after a
 * restart, when the sites that it needs are connected and fewer jobs run than may.
 */
final class JobQueue implements AutoCloseable {

    /** More are not taken in at a time. */
    private static final int MOST_WAITING = 1000;

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** How often it looks whether a disk that was full has room again; no file system tells. */
    private static final Duration ROOM_LOOKED_FOR = Duration.ofSeconds(20);

    private static final Logger LOG = LoggerFactory.getLogger(JobQueue.class);

    private final JobStore store;
    private final Server server;
    private final SharedBases bases;
    private final KnownSites sites;
    private final int atATime;
    private final Changes changes;
    private final Alarm alarm;
    private final Map<String, QueuedJob> jobs = new LinkedHashMap<>();
    private final Map<String, Thread> threads = new LinkedHashMap<>();
    private boolean closing;

    private JobQueue(
            JobStore store,
            Server server,
            SharedBases bases,
            KnownSites sites,
            int atATime,
            Changes changes,
            Alarm alarm) {
        this.store = store;
        this.server = server;
        this.bases = bases;
        this.sites = sites;
        this.atATime = atATime;
        this.changes = changes;
        this.alarm = alarm;
    }

    /**
     * The queue that lies in a folder, whose jobs go on.
     *
     * @param bases for sites that lack one that a job shares
     * @param sites all that may take part
     * @param atATime how many jobs may run
     * @param changes are told
     * @param alarm rings when it is time to look for room on a disk that was full
     */
    static JobQueue open(
            Path folder,
            Server server,
            SharedBases bases,
            KnownSites sites,
            int atATime,
            Clock clock,
            Changes changes,
            Alarm alarm)
            throws IOException {
        JobStore store = new JobStore(folder, clock, changes);
        JobQueue queue = new JobQueue(store, server, bases, sites, atATime, changes, alarm);
        store.read().forEach(job -> queue.jobs.put(job.id(), job));
        queue.look();
        return queue;
    }

    /** A folder in which something that is handed in is gathered; {@link #handIn} makes it a job. */
    Path gather() throws IOException {
        return store.gather();
    }

    /** The job that was handed in with that token. */
    synchronized Optional<QueuedJob> byToken(String token) {
        return jobs.values().stream()
                .filter(job -> job.submission().token().equals(token))
                .findFirst();
    }

    /**
     * Takes a job in. When this returns it is on disk.
     *
     * @param gathered from {@link #gather}, with all that travels with the job
     */
    QueuedJob handIn(Path gathered, String text, Submission draft) throws IOException {
        Job job = JobFile.parse(text, draft.jobFileName());
        checkOverrides(job);
        checkMinimum(job);
        QueuedJob queued;
        synchronized (this) {
            if (jobs.values().stream().filter(one -> !one.hasEnded()).count() >= MOST_WAITING) {
                throw new Refusal("the server has " + MOST_WAITING
                        + " jobs that are not over; hand in more when some of them are, or stop some");
            }
            queued = store.put(gathered, job, draft);
            jobs.put(queued.id(), queued);
        }
        LOG.info("job {} was handed in by {}", queued.id(), draft.submitter());
        look();
        return queued;
    }

    private void checkOverrides(Job job) {
        for (String site : job.overrides().keySet()) {
            if (!sites.names().contains(site)) {
                throw job.refuse(
                        "there is no site '" + site + "' in this project; there are: "
                                + String.join(", ", sites.names()) + Nearest.hint(site, sites.names()),
                        "sites",
                        site);
            }
        }
    }

    private void checkMinimum(Job job) {
        OptionalInt wanted = job.workflow().minSites();
        if (wanted.isPresent() && wanted.getAsInt() > sites.names().size()) {
            throw job.refuse(
                    "the job wants " + wanted.getAsInt() + " sites at least, and this project has "
                            + sites.names().size() + ": " + String.join(", ", sites.names())
                            + "; want fewer, or add sites to the project first",
                    "workflow",
                    "sites",
                    "min");
        }
    }

    /** The same job once more, under a new id. */
    QueuedJob copy(QueuedJob job, String token, Identity submitter) throws IOException {
        Path gathered = gather();
        try {
            Folders.copy(JobStore.files(job.folder()), JobStore.files(gathered));
            Submission former = job.submission();
            Submission draft =
                    new Submission("", token, former.jobFileName(), former.model(), submitter, "", Optional.empty());
            return handIn(gathered, job.job().text(), draft);
        } catch (IOException | RuntimeException e) {
            Folders.delete(gathered);
            throw e;
        }
    }

    /** All jobs, in the order in which they came. */
    synchronized List<QueuedJob> all() {
        return List.copyOf(jobs.values());
    }

    /**
     * The job of that id.
     *
     * @throws Refusal when there is none
     */
    synchronized QueuedJob job(String id) {
        QueuedJob job = jobs.get(id);
        if (job == null) {
            throw new Refusal("there is no job '" + id + "'; 'weft jobs' lists those that there are"
                    + Nearest.hint(id, jobs.keySet()));
        }
        return job;
    }

    /**
     * Stops a job for good.
     *
     * @param who wants it; the job's record says so
     */
    void stop(QueuedJob job, Identity who) throws IOException {
        String why = "the job was stopped by " + who;
        synchronized (this) {
            if (job.hasEnded()) {
                throw new Refusal("job " + job.id() + " is over: " + job.line().state());
            }
            if (job.isRunning()) {
                job.cancellation().cancel(why);
                return;
            }
        }
        job.ends(JobState.STOPPED, Optional.of(why));
    }

    /** Removes a job that is over, with all that it has on disk. */
    void delete(QueuedJob job) throws IOException {
        synchronized (this) {
            if (!job.hasEnded() || job.isRunning()) {
                throw new Refusal(
                        "job " + job.id() + " is " + job.line().state() + "; stop it first: weft stop " + job.id());
            }
            jobs.remove(job.id());
        }
        changes.happened();
        JobStore.delete(job);
        look(); // there is more room
    }

    /** Begins what can begin. Called whenever something has changed. */
    void look() {
        List<String> known = sites.takingPart();
        List<String> connected = server.connected();
        synchronized (this) {
            for (QueuedJob job : jobs.values()) {
                if (closing || job.hasEnded() || job.isRunning()) {
                    continue;
                }
                if (job.lacksRoom()) {
                    continue; // it has said why it waits
                }
                List<String> wanted = wanted(job, known);
                List<String> missing = wanted.stream()
                        .filter(site -> !connected.contains(site))
                        .toList();
                int least = Math.min(job.job().workflow().minSites().orElse(wanted.size()), wanted.size());
                if (wanted.isEmpty()) {
                    job.held(
                            sites.out().isEmpty()
                                    ? "waits for sites: none has joined this project yet"
                                    : "waits for sites: all are taken out, see weft sites",
                            wanted);
                } else if (wanted.size() - missing.size() < least) {
                    job.held(waitsFor(missing, least - (wanted.size() - missing.size())), wanted);
                } else if (threads.size() >= atATime) {
                    job.held("waits for its turn: " + threads.size() + " jobs run, and no more may", wanted);
                } else {
                    begin(job, wanted);
                }
                job.stream().wake();
            }
        }
    }

    private static String waitsFor(List<String> missing, int needed) {
        return "waits for "
                + (needed < missing.size() ? needed + " of " : "")
                + (missing.size() == 1 ? "site " : "the sites ") + String.join(", ", missing)
                + " to connect";
    }

    /** Those that it began with, or all that there are. */
    private static List<String> wanted(QueuedJob job, List<String> known) {
        try {
            return StoredJob.isIn(job.folder()) ? StoredJob.read(job.folder()).sites() : known;
        } catch (IOException | RuntimeException e) {
            LOG.debug("job {} does not say which sites it began with", job.id(), e);
            return known;
        }
    }

    private void begin(QueuedJob job, List<String> with) {
        job.begins(with);
        Thread thread = new Thread(() -> run(job, with), "job-" + job.id());
        threads.put(job.id(), thread);
        thread.start();
    }

    private void run(QueuedJob job, List<String> with) {
        try (JobLock lock = JobLock.take(job.folder())) {
            JobResult result = server.run(request(job, with), event -> tell(job, event), job.cancellation());
            if (!isClosing() || result.summary().state() == JobState.FINISHED) {
                job.ends(result.summary().state(), result.reason());
            }
        } catch (Refusal e) {
            failed(job, e.getMessage());
        } catch (CancellationException e) {
            stopped(job);
        } catch (DiskFull e) {
            pauses(job, e);
        } catch (IOException e) {
            LOG.error("job {} failed", job.id(), e);
            failed(job, FileProblem.words(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | LinkageError | StackOverflowError | AssertionError e) {
            LOG.error("job {} failed", job.id(), e);
            failed(job, e + "; more in the server's log");
        } finally {
            synchronized (this) {
                threads.remove(job.id());
                job.rests();
            }
            look();
        }
    }

    private void tell(QueuedJob job, JobEvent event) {
        if (!isClosing()) {
            job.happened(event);
        }
    }

    private void pauses(QueuedJob job, DiskFull full) {
        LOG.warn("job {} waits for room: {}", job.id(), full.getMessage());
        job.pauses(MissingRoom.after(full), full.getMessage());
        Cancellation.Registration unused = alarm.after(ROOM_LOOKED_FOR, this::lookForRoom);
    }

    /** As long as a job waits for room. */
    private void lookForRoom() {
        look();
        boolean more;
        synchronized (this) {
            more = !closing && jobs.values().stream().anyMatch(QueuedJob::lacksRoom);
        }
        if (more) {
            Cancellation.Registration unused = alarm.after(ROOM_LOOKED_FOR, this::lookForRoom);
        }
    }

    private void failed(QueuedJob job, String reason) {
        ends(job, JobState.FAILED, reason.lines().findFirst().orElse(reason));
    }

    private void stopped(QueuedJob job) {
        ends(job, JobState.STOPPED, job.cancellation().reason());
    }

    private void ends(QueuedJob job, JobState state, String reason) {
        if (isClosing()) {
            return;
        }
        try {
            job.ends(state, Optional.of(reason));
        } catch (IOException e) {
            LOG.error("job {}: that it is {} is not on disk", job.id(), state, e);
        }
    }

    private JobRequest request(QueuedJob job, List<String> with) throws IOException {
        Map<String, Path> files = JobStore.carried(job);
        Optional<Path> model = job.submission().model().map(files::remove);
        SortedMap<String, String> origin = new TreeMap<>();
        Identity submitter = job.submission().submitter();
        origin.put("submitter", submitter.name());
        origin.put("organisation", submitter.organisation());
        origin.put("role", submitter.role().map(Role::word).orElseThrow());
        return new JobRequest(
                job.id(),
                job.job(),
                job.submission().jobFileName(),
                job.folder(),
                with,
                origin,
                StoredJob.isIn(job.folder()),
                new JobRequest.Carried(model, new TreeMap<>(files), bases),
                new Message.Submitter(
                        submitter.name(),
                        submitter.organisation(),
                        submitter.role().map(Role::word).orElseThrow()));
    }

    private synchronized boolean isClosing() {
        return closing;
    }

    /** The jobs that run, and in which a site takes part. */
    synchronized List<String> runningWith(String site) {
        return new ArrayList<>(new TreeSet<>(jobs.values().stream()
                .filter(job -> job.isRunning() && job.line().sites().contains(site))
                .map(QueuedJob::id)
                .toList()));
    }

    /** Leaves all jobs as they are, for the next start. */
    @Override
    public void close() throws InterruptedException {
        List<Thread> running;
        synchronized (this) {
            closing = true;
            running = List.copyOf(threads.values());
        }
        server.suspend();
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (Thread thread : running) {
            thread.join(Math.max(1, Duration.ofNanos(end - System.nanoTime()).toMillis()));
            if (thread.isAlive()) {
                LOG.warn(
                        "{} does not stop, and is left to itself; what it does is done again at the next start",
                        thread.getName());
            }
        }
        all().forEach(job -> job.stream().end());
    }

    /** How many there are, for who looks after the server. */
    synchronized String summary() {
        long running = jobs.values().stream()
                .filter(job -> !job.hasEnded() && job.line().state().equals(JobState.RUNNING.name()))
                .count();
        long over = jobs.values().stream().filter(QueuedJob::hasEnded).count();
        return running + " running, " + (jobs.size() - running - over) + " waiting, " + over + " over";
    }

    /** The lines of all jobs, in the order in which they came. */
    List<Message.Admin.JobLine> lines() {
        return all().stream().map(QueuedJob::line).toList();
    }
}
