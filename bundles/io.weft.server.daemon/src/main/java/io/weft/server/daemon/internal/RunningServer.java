package io.weft.server.daemon.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Administration;
import io.weft.exchange.Link;
import io.weft.exchange.Service;
import io.weft.identity.Identity;
import io.weft.identity.Kind;
import io.weft.identity.Kit;
import io.weft.launch.Resident;
import io.weft.launch.StatusPage;
import io.weft.models.ModelCatalogue;
import io.weft.plugins.Plugins;
import io.weft.server.AccessControl;
import io.weft.server.Alarm;
import io.weft.server.Server;
import io.weft.server.ServerSetup;
import io.weft.server.daemon.ServerView;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server at home: it lets in whom its kit knows, keeps the queue of jobs, and answers admins. */
final class RunningServer implements Resident.Residence {

    private static final String TRANSPORT = "mina";

    private static final Logger LOG = LoggerFactory.getLogger(RunningServer.class);

    private final Kit kit;
    private final KnownSites sites;
    private final Alarm.OfMachine alarm = new Alarm.OfMachine("server-alarm");
    private final Server server;
    private final JobQueue queue;
    private final AdminRequests requests;
    private final Changes changes = new Changes();
    private final ServerView view;

    private RunningServer(Kit kit, Path home, Plugins plugins, int atATime, Supplier<Optional<StatusPage>> page)
            throws IOException {
        Path data = home.resolve("data");
        Clock clock = Clock.systemUTC();
        this.kit = kit;
        this.sites = new KnownSites(data.resolve("sites.json"), kit.sites(), clock);
        ServerAccess access = new ServerAccess(kit);
        this.server = Server.listen(
                plugins,
                new ServerSetup(TRANSPORT, address(kit), Optional.of(kit.tls()), alarm, Server.PATIENCE, access));
        try {
            CatalogueBases bases = new CatalogueBases(ModelCatalogue.of(home));
            this.queue = JobQueue.open(data.resolve("jobs"), server, bases, sites, atATime, clock, changes, alarm);
            this.requests = new AdminRequests(queue, sites, server, plugins, page);
            this.view = new ViewedServer(home, kit, queue, requests, plugins, changes);
            access.opens(this);
        } catch (IOException | RuntimeException e) {
            server.close();
            alarm.close();
            throw e;
        }
    }

    /** @param page where it can be seen, as soon as that is served */
    static RunningServer open(Kit kit, Path home, Plugins plugins, int atATime, Supplier<Optional<StatusPage>> page)
            throws IOException {
        return new RunningServer(kit, home, plugins, atATime, page);
    }

    /** Everywhere on this machine, unless nobody from elsewhere is meant. */
    static URI address(Kit kit) {
        String host = kit.server().host();
        boolean here = host.equals("localhost") || host.equals("127.0.0.1") || host.equals("::1");
        return here
                ? kit.server().uri()
                : URI.create("weft://0.0.0.0:" + kit.server().port());
    }

    /** Answers whoever has this machine. */
    Administration administration() {
        return (request, cancellation) -> requests.answer(
                Requester.ofThisMachine(kit.project()),
                request,
                (folder, submit) -> {
                    if (!submit.files().isEmpty()) {
                        throw new Refusal(
                                "hand in a job that brings files along from a workbench, with an admin's kit");
                    }
                },
                cancellation);
    }

    /** What can be seen of it. */
    ServerView view() {
        return view;
    }

    @Override
    public String name() {
        return kit.project() + " at " + kit.server();
    }

    @Override
    public List<String> status() {
        List<String> connected = server.reached();
        List<String> lines = new ArrayList<>();
        lines.add("sites: " + connected.size() + " of " + sites.names().size() + " connected"
                + (connected.isEmpty() ? "" : " (" + String.join(", ", connected) + ")"));
        lines.add("jobs: " + queue.summary());
        lines.addAll(kit.warnings());
        return lines;
    }

    @Override
    public void close() throws InterruptedException {
        try (alarm;
                server) {
            queue.close();
        }
    }

    /** Lets in sites and admins of the project as soon as the server is ready for them. */
    private static final class ServerAccess implements AccessControl {

        private final Kit kit;
        private final CompletableFuture<RunningServer> open = new CompletableFuture<>();

        ServerAccess(Kit kit) {
            this.kit = kit;
        }

        void opens(RunningServer server) {
            open.complete(server);
            sitesChanged();
        }

        @Override
        public Optional<Service> receive(Optional<X509Certificate> certificate, String name, Link link) {
            // Whoever comes while it still reads its jobs waits for that.
            RunningServer server = open.join();
            X509Certificate proved = proved(certificate);
            Identity identity = identify(proved, name);
            if (identity.kind() == Kind.SITE) {
                server.sites.joined(name, identity.organisation());
                return Optional.empty();
            }
            if (identity.kind() == Kind.ADMIN) {
                return Optional.of(new AdminService(
                        server.requests, () -> new Requester(kit.identify(proved), Optional.of(proved)), link));
            }
            throw new Refusal(identity + " is no site and no admin");
        }

        private static X509Certificate proved(Optional<X509Certificate> certificate) {
            return certificate.orElseThrow(() -> new Refusal("nobody comes in without a certificate"));
        }

        private Identity identify(X509Certificate certificate, String name) {
            Identity identity = kit.identify(certificate);
            if (!identity.name().equals(name)) {
                LOG.warn("{} called itself '{}' and was refused", identity, name);
                throw new Refusal("the certificate is that of " + identity + ", and the hello of '" + name
                        + "'; use the kit of who says hello");
            }
            return identity;
        }

        @Override
        public void check(Optional<X509Certificate> certificate, String name) {
            Identity unused = identify(proved(certificate), name);
        }

        @Override
        public void check(Optional<X509Certificate> certificate) {
            certificate.ifPresent(kit::identify);
        }

        @Override
        public boolean sitesReturn() {
            return true;
        }

        @Override
        public void sitesChanged() {
            if (open.isDone()) {
                RunningServer server = open.join();
                server.sites.connected(server.server.reached());
                server.queue.look();
                server.changes.happened();
            }
        }
    }
}
