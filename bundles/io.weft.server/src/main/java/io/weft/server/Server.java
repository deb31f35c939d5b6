package io.weft.server;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.transport.Connection;
import io.weft.api.transport.Transport;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.Links;
import io.weft.exchange.Message;
import io.weft.exchange.Service;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.Plugins;
import io.weft.server.internal.JobRun;
import io.weft.server.internal.SiteRegistry;
import java.io.IOException;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Accepts sites, and runs jobs with them. It never loads a model. */
public final class Server implements AutoCloseable {

    /** How long the end of a job waits, unless it is told otherwise, for a site that does not stop: longer than a program may take to end. */
    public static final Duration PATIENCE = Duration.ofSeconds(45);

    private final Plugins plugins;
    private final ServerSetup setup;
    private final Lease<Transport> transport;
    private final AutoCloseable listening;
    private final SiteRegistry sites;
    private final Links links;
    private final Map<String, JobRun> jobs = new ConcurrentHashMap<>();

    private Server(Plugins plugins, ServerSetup setup, Lease<Transport> transport) throws IOException {
        this.plugins = plugins;
        this.setup = setup;
        this.transport = transport;
        this.sites = new SiteRegistry(setup.access().sitesReturn(), setup.access()::sitesChanged);
        this.links = new Links(setup.access()::check, setup.access()::sitesChanged);
        this.listening = transport.plugin().listen(setup.at(), setup.tls(), this::accepted);
    }

    /**
     * Listens for sites of this process until it is closed. One that is gone does not come back.
     *
     * @param transport the transport plugin's name
     * @param alarm rings at the deadlines of rounds, and is the caller's to close
     * @param patience how long the end of a job waits for a site that does not stop
     */
    public static Server listen(Plugins plugins, String transport, URI at, Alarm alarm, Duration patience)
            throws IOException {
        return listen(
                plugins,
                new ServerSetup(transport, at, Optional.empty(), alarm, patience, AccessControl.OF_THIS_PROCESS));
    }

    /** Listens until it is closed. */
    public static Server listen(Plugins plugins, ServerSetup setup) throws IOException {
        Lease<Transport> lease;
        try {
            lease = plugins.lease(Transport.class, setup.transport());
        } catch (MissingPlugin e) {
            throw e.refusal();
        }
        try {
            return new Server(plugins, setup, lease);
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
     * @throws io.weft.tensor.DiskFull where sites return: when the job waits for room, and can be resumed
     */
    public JobResult run(JobRequest request, JobObserver observer, Cancellation cancellation)
            throws IOException, InterruptedException {
        JobRun run = new JobRun(request, plugins, sites, observer, cancellation, setup.alarm(), setup.patience());
        if (jobs.putIfAbsent(request.id(), run) != null) {
            throw new Refusal("a job '" + request.id() + "' is running already");
        }
        try {
            return run.run();
        } finally {
            jobs.remove(request.id());
        }
    }

    /** The names of the sites that are connected, also of those whose connection broke and that are waited for. */
    public List<String> connected() {
        return sites.names();
    }

    /** The names of the sites whose connection stands now. */
    public List<String> reached() {
        return sites.reached();
    }

    /**
     * Ends the sittings of all jobs that run, and leaves the jobs as they are: {@link #run} returns or throws, and nothing is put on
     * record.
     */
    public void suspend() {
        jobs.values().forEach(JobRun::suspend);
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (Exception e) {
            throw new IllegalStateException("the server could not stop listening", e);
        } finally {
            sites.close();
            links.close();
            transport.close();
        }
    }

    private void accepted(Connection connection) {
        Door door = new Door(connection.peer());
        links.accept(connection, "server", door, door::open);
    }

    /** What one other end may ask: nothing, until it has said who it is; then what a site may, or what the access answers. */
    private final class Door implements Service {

        private final Optional<X509Certificate> peer;
        private final CompletableFuture<Link> link = new CompletableFuture<>();
        private volatile String site = "";
        private volatile Optional<Service> admin = Optional.empty();

        Door(Optional<X509Certificate> peer) {
            this.peer = peer;
        }

        void open(Link opened) {
            link.complete(opened);
        }

        @Override
        public Message answer(Message request, Cancellation cancellation) throws IOException, InterruptedException {
            if (request instanceof Message.Hello hello) {
                return admitted(hello);
            }
            if (request instanceof Message.Probe probe) {
                setup.access().check(peer, probe.name());
                return new Message.Probed(sites.reached().contains(probe.name()));
            }
            if (request instanceof Message.AskTime) {
                return new Message.Time(System.currentTimeMillis());
            }
            if (admin.isPresent()) {
                return admin.get().answer(request, cancellation);
            }
            if (request instanceof Message.OfferBase offer) {
                return run(offer.job()).offerBase(site);
            }
            throw new Refusal("a server does not answer "
                    + request.getClass().getSimpleName()
                    + (site.isEmpty() ? " before a hello" : " to a site"));
        }

        /** The job, where this site takes part. */
        private JobRun run(String job) {
            return Optional.ofNullable(jobs.get(job))
                    .filter(run -> run.takesPart(site))
                    .orElseThrow(() -> new Refusal("site '" + site + "' does not take part in job '" + job + "'"));
        }

        private Message admitted(Message.Hello hello) {
            if (!site.isEmpty() || admin.isPresent()) {
                throw new Refusal("'" + hello.name() + "' has said hello on this link already");
            }
            admin = setup.access().receive(peer, hello.name(), link.join());
            if (admin.isEmpty()) {
                site = hello.name();
                sites.add(site, link.join());
            }
            return new Message.Welcome();
        }

        @Override
        public TensorReader open(String resource) throws IOException {
            if (admin.isPresent()) {
                return admin.get().open(resource);
            }
            int slash = resource.indexOf('/');
            JobRun run = jobs.get(resource.substring(0, Math.max(slash, 0)));
            if (run == null || !run.takesPart(site)) {
                throw new Refusal("there is no model '" + resource + "' for site '" + site + "'");
            }
            return run.model(site, resource.substring(slash + 1));
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
            admin.ifPresent(Service::closed);
            if (!site.isEmpty()) {
                sites.gone(site, link.join());
            }
        }
    }
}
