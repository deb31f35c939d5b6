package io.weft.server.status.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.plugin.Refusal;
import io.weft.exchange.Message;
import io.weft.server.daemon.ServerView;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the board as the server is, on a thread of its own, while anybody looks at it; otherwise it does nothing. */
final class StatusFeed implements AutoCloseable {

    /** Jobs that came earlier are only counted. */
    private static final int MOST_JOBS = 50;

    /** Between two looks at the server. */
    private static final long PAUSE_MILLISECONDS = 250;

    private static final int LONGEST_TEXT = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(StatusFeed.class);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ServerView server;
    private final Board board;
    private final Map<String, JobPicture> pictures = new HashMap<>();
    private final Thread thread = new Thread(this::run, "status-page-feed");
    private final Object lock = new Object();
    private ServerView.Registration registration = () -> {};
    private boolean changed = true;
    private boolean closed;
    private int watchers;

    StatusFeed(ServerView server, Board board) {
        this.server = server;
        this.board = board;
    }

    void start() {
        thread.start();
        registration = server.onChange(this::changed);
    }

    private void changed() {
        synchronized (lock) {
            changed = true;
            lock.notifyAll();
        }
    }

    /** Somebody looks until what is returned is closed. */
    ServerView.Registration watch() {
        synchronized (lock) {
            watchers++;
            lock.notifyAll();
        }
        return () -> {
            synchronized (lock) {
                watchers--;
            }
        };
    }

    private void run() {
        try {
            while (awaitChange()) {
                show();
                pause();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean awaitChange() throws InterruptedException {
        synchronized (lock) {
            while (!closed && (!changed || watchers == 0)) {
                lock.wait();
            }
            if (!closed) {
                changed = false;
                return true;
            }
            return false;
        }
    }

    private void show() {
        try {
            ObjectNode about = JSON.createObjectNode();
            about.put("project", server.kit().project());
            about.put("server", server.kit().server().toString());
            board.put("server", "server", about.toString());
            List<Message.Admin.JobLine> all = server.jobs();
            List<Message.Admin.JobLine> shown = all.subList(Math.max(0, all.size() - MOST_JOBS), all.size());
            showJobs(shown, all.size() - shown.size());
            board.put("sites", "sites", sites().toString());
            board.put("plugins", "plugins", plugins().toString());
            for (int i = shown.size() - 1; i >= 0; i--) {
                showJob(shown.get(i).job());
            }
        } catch (RuntimeException e) {
            // The page is the last that may disturb a server: it stays as it was until the next change.
            LOG.error("the status page cannot show how the server is", e);
        }
    }

    /** What happens meanwhile is shown together. */
    private void pause() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLISECONDS);
        synchronized (lock) {
            long left = PAUSE_MILLISECONDS;
            while (!closed && left > 0) {
                lock.wait(left);
                left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            }
        }
    }

    private void showJobs(List<Message.Admin.JobLine> shown, int earlier) {
        ObjectNode object = JSON.createObjectNode();
        object.put("earlier", earlier);
        ArrayNode lines = object.putArray("jobs");
        for (int i = shown.size() - 1; i >= 0; i--) {
            Message.Admin.JobLine job = shown.get(i);
            ObjectNode line = lines.addObject();
            line.put("id", job.job());
            line.put("name", shortened(job.name()));
            line.put("state", job.state());
            line.put("reason", shortened(job.reason()));
            line.put("round", job.round());
            line.put("rounds", job.rounds());
            line.put("submitter", shortened(job.submitter()));
            line.put("submitted", job.submitted());
            job.sites().forEach(line.withArray("sites")::add);
        }
        board.put("jobs", "jobs", object.toString());
        TreeSet<String> gone = new TreeSet<>(pictures.keySet());
        shown.forEach(job -> gone.remove(job.job()));
        for (String job : gone) {
            pictures.remove(job);
            board.remove("job " + job);
        }
    }

    private void showJob(String job) {
        try {
            JobPicture picture = pictures.get(job);
            if (picture == null) {
                picture = new JobPicture(job);
                pictures.put(job, picture);
            }
            picture.look(server);
            board.put("job " + job, "job", picture.text());
        } catch (Refusal e) {
            LOG.debug("job {} is gone", job, e);
        } catch (IOException e) {
            LOG.warn("the status page cannot read what job {} has measured: {}", job, e.toString());
        }
    }

    private ArrayNode sites() {
        ArrayNode lines = JSON.createArrayNode();
        for (Message.Admin.SiteLine site : server.sites()) {
            ObjectNode line = lines.addObject();
            line.put("name", shortened(site.name()));
            line.put("organisation", shortened(site.organisation()));
            line.put("connected", site.connected());
            line.put("since", site.since());
            ArrayNode jobs = line.putArray("jobs");
            site.jobs().forEach(jobs::add);
        }
        return lines;
    }

    private ArrayNode plugins() {
        ArrayNode lines = JSON.createArrayNode();
        for (Message.Admin.PluginLine plugin : server.plugins()) {
            ObjectNode line = lines.addObject();
            line.put("kind", plugin.kind());
            line.put("name", shortened(plugin.name()));
            line.put("bundle", plugin.bundle());
            line.put("version", plugin.version());
            line.put("state", plugin.state());
            line.put("reason", shortened(plugin.reason()));
        }
        return lines;
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + " …";
    }

    @Override
    public void close() throws InterruptedException {
        registration.close();
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
        board.close();
        thread.join();
    }
}
