package io.weft.site;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.transport.Transport;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.Message;
import io.weft.exchange.Service;
import io.weft.job.JobFile;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.Plugins;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A site that has joined a server and does what it is asked until it is closed. It runs one task at a time. */
public final class Site implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Site.class);

    private final SiteSetup setup;
    private final Plugins plugins;
    private final Lease<Transport> transport;
    private final Map<String, SiteJob> jobs = new ConcurrentHashMap<>();
    private final Cancellation leaving = new Cancellation();
    private final Turn oneTask = new Turn();
    private volatile boolean givenUp;
    private final Link link;

    private Site(SiteSetup setup, Plugins plugins, Lease<Transport> transport, URI server) throws IOException {
        this.setup = setup;
        this.plugins = plugins;
        this.transport = transport;
        this.link = Link.over(
                transport.plugin().dial(server, Optional.empty()), Link.End.DIALED, setup.name(), new Tasks());
    }

    /**
     * Dials the server and registers.
     *
     * @param transport the transport plugin's name
     * @throws Refusal when there is no such transport, or the server refuses the site
     */
    public static Site join(SiteSetup setup, Plugins plugins, String transport, URI server)
            throws IOException, InterruptedException {
        Lease<Transport> lease;
        try {
            lease = plugins.lease(Transport.class, transport);
        } catch (MissingPlugin e) {
            throw e.refusal();
        }
        Site site;
        try {
            site = new Site(setup, plugins, lease, server);
        } catch (IOException | RuntimeException e) {
            lease.close();
            throw e;
        }
        try {
            site.link.ask(new Message.Hello(Message.PROTOCOL, setup.name()), Message.Welcome.class, site.leaving);
            return site;
        } catch (IOException | InterruptedException | RuntimeException e) {
            site.close();
            throw e;
        }
    }

    /** Stops what runs, waits for some time until it has stopped, and leaves the server. What a job needs to be resumed stays. */
    @Override
    public void close() {
        leaving.cancel();
        link.close();
        if (oneTask.take(givenUp ? Duration.ZERO : setup.patience())) {
            jobs.values().forEach(SiteJob::close);
            jobs.clear();
            oneTask.give();
        } else {
            LOG.warn("site {} leaves a task behind that does not stop", setup.name());
        }
        transport.close();
    }

    /** What the server may ask. */
    private final class Tasks implements Service {

        @Override
        public Message answer(Message request, Cancellation cancellation) throws IOException, InterruptedException {
            if (request instanceof Message.Prepare prepare) {
                return prepared(prepare, cancellation);
            }
            if (request instanceof Message.RunTask task) {
                return done(task, cancellation);
            }
            if (request instanceof Message.Release release) {
                job(release.job()).release(release.update());
                return new Message.Accepted();
            }
            if (request instanceof Message.Leave leave) {
                return left(leave, cancellation);
            }
            throw new Refusal("a site does not answer " + request);
        }

        @Override
        public TensorReader open(String resource) throws IOException {
            int slash = resource.indexOf('/');
            return job(resource.substring(0, Math.max(slash, 0))).open(resource.substring(slash + 1));
        }

        @Override
        public void notice(Message notice) {}

        @Override
        public void closed() {
            leaving.cancel();
        }
    }

    private Message.Prepared prepared(Message.Prepare prepare, Cancellation cancellation)
            throws IOException, InterruptedException {
        oneTask.take(cancellation);
        try {
            SiteJob job = SiteJob.open(
                    prepare,
                    JobFile.parse(prepare.jobFile(), prepare.jobFileName()),
                    setup,
                    plugins,
                    link,
                    cancellation);
            jobs.put(prepare.job(), job);
            return job.prepared();
        } finally {
            oneTask.give();
        }
    }

    private Message.TaskDone done(Message.RunTask task, Cancellation cancellation)
            throws IOException, InterruptedException {
        oneTask.take(cancellation);
        try {
            SiteJob job = job(task.job());
            // Told while who ends the job still waits for the task.
            try (Watchdog watchdog = new Watchdog(
                    job.trainer(),
                    cancellation,
                    setup.patience().dividedBy(2),
                    message -> link.notice(new Message.Note(task.job(), message)))) {
                return job.run(task, cancellation);
            }
        } finally {
            oneTask.give();
        }
    }

    private Message.Accepted left(Message.Leave leave, Cancellation cancellation) throws InterruptedException {
        try {
            oneTask.take(cancellation);
        } catch (CancellationException e) {
            // Who asked has waited for long enough, and once is enough.
            givenUp = true;
            throw e;
        }
        try {
            Optional.ofNullable(jobs.remove(leave.job())).ifPresent(job -> {
                job.close();
                if (leave.forget()) {
                    job.forget();
                }
            });
        } finally {
            oneTask.give();
        }
        return new Message.Accepted();
    }

    private SiteJob job(String id) {
        return Optional.ofNullable(jobs.get(id))
                .orElseThrow(() -> new Refusal("site '" + setup.name() + "' does not take part in job '" + id + "'"));
    }
}
