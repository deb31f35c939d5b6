package io.weft.site;

import io.weft.api.plugin.Summary;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.Message;
import io.weft.plugins.JobWatch;
import io.weft.plugins.Lease;
import io.weft.plugins.Plugins;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes on to the server what a job's plugins tell at this site. */
final class TaskWatch implements JobWatch {

    private static final Logger LOG = LoggerFactory.getLogger(TaskWatch.class);

    /** People read progress; more often than this it is noise on the link. */
    private static final long PROGRESS_NANOS = 100_000_000;

    private final String job;
    private final Link link;
    private final Catalogue catalogue;
    private final List<Message.WireLease> leases = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final SortedMap<String, Double> reported = new TreeMap<>();
    private boolean underWay;
    private Cancellation cancellation = new Cancellation();
    private long lastProgress = System.nanoTime() - PROGRESS_NANOS;

    TaskWatch(String job, Link link, Catalogue catalogue) {
        this.job = job;
        this.link = link;
        this.catalogue = catalogue;
    }

    /** What is told from now on belongs to a new task. */
    synchronized void task(Cancellation until) {
        cancellation = until;
        reported.clear();
    }

    /** The job is running: what is noted is told at once, and not with the answer. */
    synchronized void underWay() {
        underWay = true;
    }

    /** The leases that the server was not told yet. */
    synchronized List<Message.WireLease> leases() {
        List<Message.WireLease> told = List.copyOf(leases);
        leases.clear();
        return told;
    }

    /** The notes that the server was not told yet. */
    synchronized List<String> notes() {
        List<String> told = List.copyOf(notes);
        notes.clear();
        return told;
    }

    synchronized SortedMap<String, Double> reported() {
        return new TreeMap<>(reported);
    }

    @Override
    public synchronized void leased(String kind, String name, Lease<?> lease) {
        leases.add(new Message.WireLease(kind, name, lease.bundle(), lease.version(), lease.sha256()));
    }

    @Override
    public void waiting(String reason) {
        link.notice(new Message.Waiting(job, catalogue.withoutPaths(reason)));
    }

    @Override
    public void resumed() {
        link.notice(new Message.Waiting(job, ""));
    }

    @Override
    public synchronized Plugins.Registration onCancelled(Runnable listener) {
        return cancellation.onCancel(listener)::close;
    }

    @Override
    public synchronized void reported(int round, String metric, double value) {
        reported.put(metric, value);
    }

    @Override
    public void noted(String message) {
        String told = catalogue.withoutPaths(message);
        if (!told.equals(message)) {
            LOG.info("job {}: {}", job, message); // whole, for those who look after the site
        }
        if (!toldAtOnce(told)) {
            synchronized (this) {
                notes.add(told);
            }
        }
    }

    private boolean toldAtOnce(String message) {
        synchronized (this) {
            if (!underWay) {
                return false;
            }
        }
        try {
            link.tell(new Message.Note(job, message));
            return true;
        } catch (IOException e) {
            LOG.debug("'{}' waits for the answer", message, e);
            return false;
        }
    }

    @Override
    public void left(String message) {
        LOG.warn("job {}: {}", job, message);
        link.notice(new Message.Note(job, catalogue.withoutPaths(message)));
    }

    @Override
    public void wrote(List<String> lines) {
        link.notice(new Message.Output(job, List.copyOf(lines)));
    }

    @Override
    public void progressed(int round, String activity, long done, long total, Map<String, Double> values) {
        synchronized (this) {
            long now = System.nanoTime();
            if (done != total && now - lastProgress < PROGRESS_NANOS) {
                return;
            }
            lastProgress = now;
        }
        link.notice(new Message.Step(job, round, activity, done, total, new TreeMap<>(values)));
    }

    /** Whatever was written down before a task is answered is at the server before its answer. */
    @Override
    public void tracked(int round, String tag, long step, Summary value) {
        try {
            link.tell(new Message.Tracked(job, round, tag, step, value));
        } catch (IOException e) {
            LOG.debug("'{}' of round {} has nowhere to go", tag, round, e);
        }
    }

    @Override
    public synchronized void checkCancelled() {
        cancellation.check();
    }
}
