package io.weft.server.status.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Message;
import io.weft.identity.Kit;
import io.weft.server.daemon.ServerView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server whose jobs, sites and plugins a test sets. */
final class FakeServer implements ServerView {

    private final Path home;
    private final Kit kit;
    private final Map<String, Message.Admin.JobLine> jobs = new LinkedHashMap<>();
    private final Map<String, List<String>> events = new LinkedHashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private List<Message.Admin.SiteLine> sites = List.of();

    FakeServer(Path home, Kit kit) {
        this.home = home;
        this.kit = kit;
    }

    /** A job is there, or is in another state. */
    void job(String id, String state, String reason) {
        synchronized (this) {
            jobs.put(
                    id,
                    new Message.Admin.JobLine(
                            id,
                            id,
                            state,
                            reason,
                            1,
                            3,
                            "lead@example.org",
                            "2026-01-31T10:15:00Z",
                            List.of("site-1")));
        }
        changed();
    }

    void event(String job, String line) {
        synchronized (this) {
            events.computeIfAbsent(job, id -> new ArrayList<>()).add(line);
        }
        changed();
    }

    void delete(String job) {
        synchronized (this) {
            jobs.remove(job);
        }
        changed();
    }

    void site(String name, boolean connected) {
        synchronized (this) {
            sites = List.of(new Message.Admin.SiteLine(name, "north", connected, "", List.of()));
        }
        changed();
    }

    private void changed() {
        listeners.forEach(Runnable::run);
    }

    Path folder(String job) {
        return home.resolve("data").resolve("jobs").resolve(job);
    }

    @Override
    public Path home() {
        return home;
    }

    @Override
    public Kit kit() {
        return kit;
    }

    @Override
    public synchronized List<Message.Admin.JobLine> jobs() {
        return List.copyOf(jobs.values());
    }

    @Override
    public synchronized List<Message.Admin.SiteLine> sites() {
        return sites;
    }

    @Override
    public List<Message.Admin.PluginLine> plugins() {
        return List.of(new Message.Admin.PluginLine(
                "Aggregator", "fedavg", "io.weft.aggregator.fedavg", "0.1.0", "ACTIVE", ""));
    }

    @Override
    public synchronized Happened happened(String job, long after) {
        if (!jobs.containsKey(job)) {
            throw new Refusal("there is no job '" + job + "'");
        }
        List<String> all = events.getOrDefault(job, List.of());
        return new Happened(folder(job), all.subList((int) Math.min(after, all.size()), all.size()), all.size(), false);
    }

    @Override
    public Registration onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }
}
