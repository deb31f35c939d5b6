package io.weft.site;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.transport.Transport;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.Message;
import io.weft.exchange.Redial;
import io.weft.exchange.Service;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.Plugins;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A site that has joined a server and does what it is asked until it is closed. It runs one task at a time, also while the connection is
 * broken and dialed anew.
 */
public final class Site implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Site.class);

    private final SiteSetup setup;
    private final Plugins plugins;
    private final Lease<Transport> transport;
    private final Map<String, SiteJob> jobs = new ConcurrentHashMap<>();
    private final Cancellation leaving = new Cancellation();
    private final Turn oneTask = new Turn();
    private final Turn oneBase = new Turn();
    private volatile boolean givenUp;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Link link;
    private final RoomOnDisk room;

    private Site(SiteSetup setup, Plugins plugins, Lease<Transport> transport, URI server, Optional<SSLContext> tls)
            throws IOException {
        this.setup = setup;
        this.plugins = plugins;
        this.transport = transport;
        this.link = Link.dialing(
                () -> transport.plugin().dial(server, tls), new Redial(new SecureRandom()), setup.name(), new Tasks());
        this.room = new RoomOnDisk(link, setup.work(), setup.catalogue());
    }

    /**
     * Dials a server in this process and registers.
     *
     * @param transport the transport plugin's name
     * @throws Refusal when there is no such transport, or the server refuses the site
     */
    public static Site join(SiteSetup setup, Plugins plugins, String transport, URI server)
            throws IOException, InterruptedException {
        return join(setup, plugins, transport, server, Optional.empty());
    }

    /**
     * Dials the server and registers.
     *
     * @param transport the transport plugin's name
     * @param tls the site's certificate and whose it trusts; empty where the transport is within one process
     * @throws Refusal when there is no such transport, or the server refuses the site
     */
    public static Site join(SiteSetup setup, Plugins plugins, String transport, URI server, Optional<SSLContext> tls)
            throws IOException, InterruptedException {
        Lease<Transport> lease;
        try {
            lease = plugins.lease(Transport.class, transport);
        } catch (MissingPlugin e) {
            throw e.refusal();
        }
        Site site;
        try {
            site = new Site(setup, plugins, lease, server, tls);
        } catch (IOException | RuntimeException e) {
            lease.close();
            throw e;
        }
        try {
            site.link.ask(new Message.Hello(setup.name()), Message.Welcome.class, site.leaving);
            return site;
        } catch (IOException | InterruptedException | RuntimeException e) {
            site.close();
            throw e;
        }
    }

    /** Whether it stands without a connection for the moment, and dials again. */
    public boolean isAway() {
        return link.isAway();
    }

    /** Waits until the link to the server is closed, by whichever end; a connection that breaks is dialed anew and closes none. */
    public void awaitEnd() throws InterruptedException {
        ended.await();
    }

    /** The jobs that it takes part in now. */
    public List<String> jobs() {
        return jobs.keySet().stream().sorted().toList();
    }

    /** Stops what runs, waits for some time until it has stopped, and leaves the server. What a job needs to be resumed stays. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
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
            throw new Refusal("a site does not answer " + request.getClass().getSimpleName());
        }

        @Override
        public TensorReader open(String resource) throws IOException {
            int slash = resource.indexOf('/');
            return job(resource.substring(0, Math.max(slash, 0))).open(resource.substring(slash + 1));
        }

        @Override
        public void notice(Message notice) {}

        @Override
        public String outgoing(String text) {
            String told = setup.catalogue().withoutPaths(text);
            if (!told.equals(text)) {
                LOG.info("{}", text); // whole, for those who look after the site
            }
            return told;
        }

        @Override
        public void closed() {
            leaving.cancel();
            ended.countDown();
        }
    }

    private Message.Prepared prepared(Message.Prepare prepare, Cancellation cancellation)
            throws IOException, InterruptedException {
        checkName(prepare.job());
        Job whole = JobFile.parse(prepare.jobFile(), prepare.jobFileName());
        setup.admission()
                .admit(
                        prepare,
                        whole.forSite(setup.name()),
                        reason -> link.notice(new Message.Waiting(prepare.job(), reason)),
                        cancellation);
        return withRoom(prepare.job(), cancellation, () -> opened(prepare, whole, cancellation));
    }

    private Message.Prepared opened(Message.Prepare prepare, Job whole, Cancellation cancellation)
            throws IOException, InterruptedException {
        Optional<Path> shared = shared(prepare, whole.forSite(setup.name()), cancellation);
        oneTask.take(cancellation);
        try {
            Optional.ofNullable(jobs.remove(prepare.job())).ifPresent(SiteJob::close);
            SiteJob job = SiteJob.open(prepare, whole, setup, plugins, link, shared, cancellation);
            jobs.put(prepare.job(), job);
            return job.prepared();
        } finally {
            oneTask.give();
        }
    }

    /** What comes from the server takes its time, in which tasks of other jobs go on. */
    private Optional<Path> shared(Message.Prepare prepare, Job job, Cancellation cancellation)
            throws IOException, InterruptedException {
        BaseFromServer server = new BaseFromServer(setup, link, Clock.systemUTC());
        if (!server.isWanted(prepare, job)) {
            return Optional.empty();
        }
        oneBase.take(cancellation);
        try {
            return Optional.of(server.bring(prepare, job, cancellation));
        } finally {
            oneBase.give();
        }
    }

    private Message.TaskDone done(Message.RunTask task, Cancellation cancellation)
            throws IOException, InterruptedException {
        return withRoom(task.job(), cancellation, () -> inTurn(task, cancellation));
    }

    private <T> T withRoom(String job, Cancellation cancellation, RoomOnDisk.Work<T> work)
            throws IOException, InterruptedException {
        return setup.waitsForRoom() ? room.waitedFor(job, cancellation, work) : work.done();
    }

    private Message.TaskDone inTurn(Message.RunTask task, Cancellation cancellation)
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
        checkName(leave.job());
        try {
            oneTask.take(cancellation);
        } catch (CancellationException e) {
            // Who asked has waited for long enough, and once is enough.
            givenUp = true;
            throw e;
        }
        try {
            Optional.ofNullable(jobs.remove(leave.job())).ifPresent(SiteJob::close);
            if (leave.forget()) {
                SiteFolder.delete(setup.work().resolve(leave.job()));
            }
        } finally {
            oneTask.give();
        }
        return new Message.Accepted();
    }

    /** It becomes the name of a folder. */
    private static void checkName(String job) {
        if (!job.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,149}")) {
            throw new Refusal("'" + job + "' is no id of a job");
        }
    }

    private SiteJob job(String id) {
        return Optional.ofNullable(jobs.get(id))
                .orElseThrow(() -> new Refusal("site '" + setup.name() + "' does not take part in job '" + id + "'"));
    }
}
