package io.weft.server;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.transport.Connection;
import io.weft.api.transport.Transport;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.Message;
import io.weft.exchange.Service;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.Plugins;
import io.weft.server.internal.JobRun;
import io.weft.server.internal.RemoteSite;
import io.weft.server.internal.SiteRegistry;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Accepts sites, and runs jobs with them. It never loads a model. */
public final class Server implements AutoCloseable {

    /** How long the end of a job waits, unless it is told otherwise, for a site that does not stop. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Plugins plugins;
    private final Alarm alarm;
    private final Duration patience;
    private final Lease<Transport> transport;
    private final AutoCloseable listening;
    private final SiteRegistry sites = new SiteRegistry();
    private final Map<String, JobRun> jobs = new ConcurrentHashMap<>();

    private Server(Plugins plugins, Lease<Transport> transport, URI at, Alarm alarm, Duration patience)
            throws IOException {
        this.plugins = plugins;
        this.alarm = alarm;
        this.patience = patience;
        this.transport = transport;
        this.listening = transport.plugin().listen(at, Optional.empty(), this::accepted);
    }

    /**
     * Listens for sites until it is closed.
     *
     * @param transport the transport plugin's name
     * @param alarm rings at the deadlines of rounds, and is the caller's to close
     * @param patience how long the end of a job waits for a site that does not stop
     */
    public static Server listen(Plugins plugins, String transport, URI at, Alarm alarm, Duration patience)
            throws IOException {
        Lease<Transport> lease;
        try {
            lease = plugins.lease(Transport.class, transport);
        } catch (MissingPlugin e) {
            throw e.refusal();
        }
        try {
            return new Server(plugins, lease, at, alarm, patience);
        } catch (IOException | RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    /**
     * Runs a job to its end, whatever that is; it waits for sites that are not there yet.
     *
     * @param observer told what happens, one call at a time
     * @param cancellation stops the job
     * @throws Refusal when it cannot begin: its plugins, its sites or what they would exchange do not fit together
     */
    public JobResult run(JobRequest request, JobObserver observer, Cancellation cancellation)
            throws IOException, InterruptedException {
        JobRun run = new JobRun(request, plugins, sites, observer, cancellation, alarm, patience);
        if (jobs.putIfAbsent(request.id(), run) != null) {
            throw new Refusal("a job '" + request.id() + "' is running already");
        }
        try {
            return run.run();
        } finally {
            jobs.remove(request.id());
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (Exception e) {
            throw new IllegalStateException("the server could not stop listening", e);
        } finally {
            sites.close();
            transport.close();
        }
    }

    private void accepted(Connection connection) {
        Door door = new Door();
        door.open(Link.over(connection, Link.End.ACCEPTED, "server", door));
    }

    /** What one site may ask. */
    private final class Door implements Service {

        private final CompletableFuture<Link> link = new CompletableFuture<>();
        private volatile String site = "";

        void open(Link opened) {
            link.complete(opened);
        }

        @Override
        public Message answer(Message request, Cancellation cancellation) {
            if (!(request instanceof Message.Hello hello)) {
                throw new Refusal("a server does not answer " + request);
            }
            if (hello.protocol() != Message.PROTOCOL) {
                throw new Refusal("this server speaks protocol " + Message.PROTOCOL + ", the site " + hello.protocol()
                        + "; install the same version of Weft at both");
            }
            sites.add(new RemoteSite(hello.site(), link.join()));
            site = hello.site();
            return new Message.Welcome(Message.PROTOCOL);
        }

        @Override
        public TensorReader open(String resource) throws IOException {
            int slash = resource.indexOf('/');
            JobRun run = jobs.get(resource.substring(0, Math.max(slash, 0)));
            if (run == null || !run.takesPart(site)) {
                throw new Refusal("there is no model '" + resource + "' for site '" + site + "'");
            }
            return run.model(resource.substring(slash + 1));
        }

        @Override
        public void notice(Message notice) {
            if (notice instanceof Message.Step step) {
                Optional.ofNullable(jobs.get(step.job())).ifPresent(run -> run.progressed(site, step));
            } else if (notice instanceof Message.Tracked tracked) {
                Optional.ofNullable(jobs.get(tracked.job())).ifPresent(run -> run.tracked(site, tracked));
            } else if (notice instanceof Message.Output output) {
                Optional.ofNullable(jobs.get(output.job())).ifPresent(run -> run.wrote(site, output.lines()));
            } else if (notice instanceof Message.Waiting waiting) {
                Optional.ofNullable(jobs.get(waiting.job())).ifPresent(run -> run.waits(site, waiting.reason()));
            } else if (notice instanceof Message.Note note) {
                Optional.ofNullable(jobs.get(note.job())).ifPresent(run -> run.noted(site, note.message()));
            }
        }

        @Override
        public void closed() {
            sites.gone(site);
        }
    }
}
