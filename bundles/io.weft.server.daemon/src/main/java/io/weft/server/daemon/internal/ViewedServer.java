package io.weft.server.daemon.internal;

import io.weft.exchange.Message;
import io.weft.identity.Kit;
import io.weft.plugins.Plugins;
import io.weft.server.daemon.ServerView;
import java.nio.file.Path;
import java.util.List;

/** What can be seen of a server that runs. */
final class ViewedServer implements ServerView {

    private final Path home;
    private final Kit kit;
    private final JobQueue queue;
    private final AdminRequests requests;
    private final Plugins plugins;
    private final Changes changes;

    ViewedServer(Path home, Kit kit, JobQueue queue, AdminRequests requests, Plugins plugins, Changes changes) {
        this.home = home;
        this.kit = kit;
        this.queue = queue;
        this.requests = requests;
        this.plugins = plugins;
        this.changes = changes;
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
    public List<Message.Admin.JobLine> jobs() {
        return queue.lines();
    }

    @Override
    public List<Message.Admin.SiteLine> sites() {
        return requests.siteLines();
    }

    @Override
    public List<Message.Admin.PluginLine> plugins() {
        return requests.pluginLines();
    }

    @Override
    public Happened happened(String id, long after) {
        QueuedJob job = queue.job(id);
        EventStream.Part part = job.stream().soFar(after);
        return new Happened(
                job.folder(),
                part.events(),
                part.last(),
                part.last() < job.stream().mark().last());
    }

    @Override
    public Registration onChange(Runnable listener) {
        Runnable end = changes.tell(listener);
        Plugins.Registration swaps = plugins.onChange(listener);
        return () -> {
            end.run();
            swaps.close();
        };
    }
}
