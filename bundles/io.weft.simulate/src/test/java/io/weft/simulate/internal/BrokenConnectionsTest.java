package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.JobContext;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.testing.TestAuthority;
import io.weft.api.testing.UnreliableProxy;
import io.weft.api.training.Task;
import io.weft.api.transport.Connection;
import io.weft.api.transport.Listening;
import io.weft.api.transport.Transport;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.Service;
import io.weft.server.AccessControl;
import io.weft.server.Alarm;
import io.weft.server.JobResult;
import io.weft.server.JobState;
import io.weft.server.Server;
import io.weft.server.ServerSetup;
import io.weft.site.Site;
import io.weft.site.SiteSetup;
import io.weft.transport.mina.MinaTransport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server and two sites over a network whose connections are slow and break all the time. */
@Timeout(300)
class BrokenConnectionsTest {

    private static final Duration LATE = Duration.ofMillis(2);

    @TempDir
    Path root;

    private final TestAuthority authority = new TestAuthority("project");
    private final List<String> trained = Collections.synchronizedList(new ArrayList<>());
    private final List<String> joined = Collections.synchronizedList(new ArrayList<>());
    private final NumbersJob job = new NumbersJob();

    /** Says at which port a server listens that took any. */
    private static final class Told implements Transport {

        private final MinaTransport mina = new MinaTransport();
        private final CompletableFuture<URI> at = new CompletableFuture<>();

        @Override
        public AutoCloseable listen(URI anywhere, Optional<SSLContext> tls, Consumer<Connection> accepted)
                throws IOException {
            Listening listening = mina.listen(anywhere, tls, accepted);
            at.complete(listening.at());
            return listening;
        }

        @Override
        public Connection dial(URI to, Optional<SSLContext> tls) throws IOException {
            return mina.dial(to, tls);
        }
    }

    /** Counts who comes in: once a site, however often its connection breaks. None may come back to be prepared anew. */
    private final class Counting implements AccessControl {

        @Override
        public Optional<Service> receive(Optional<X509Certificate> certificate, String name, Link link) {
            joined.add(name);
            return Optional.empty();
        }
    }

    private Path run(String name, long seed, long bytes) throws Exception {
        Told transport = new Told();
        FakePlugins plugins = new FakePlugins(
                new FakeTrainer(List.of(
                        TensorSpec.of("a.weight", DType.F32, Shape.of(400_001)),
                        TensorSpec.of("b", DType.F32, Shape.of(3, 5)))) {
                    @Override
                    protected void beforeTraining(String site, Task task, JobContext job) {
                        trained.add(site + " " + task.round());
                    }
                });
        plugins.install(Transport.class, "mina", transport, "1.0.0");
        Path run = root.resolve(name).resolve("run");
        try (Alarm.OfMachine alarm = new Alarm.OfMachine("test-alarm");
                Server server = Server.listen(
                        plugins,
                        new ServerSetup(
                                "mina",
                                URI.create("weft://localhost:0"),
                                Optional.of(authority.context("localhost")),
                                alarm,
                                NumbersJob.PATIENCE,
                                new Counting()));
                UnreliableProxy proxy = UnreliableProxy.open(
                        0,
                        new InetSocketAddress("localhost", transport.at.join().getPort()),
                        seed,
                        bytes == 0 ? Duration.ZERO : LATE,
                        bytes);
                Site north = join("north", name, plugins, proxy);
                Site south = join("south", name, plugins, proxy)) {
            JobResult result = server.run(NumbersJob.request("rounds: 3", run, false), job, new Cancellation());
            assertEquals(JobState.FINISHED, result.summary().state(), result.reason()::toString);
            assertTrue(north.jobs().isEmpty() && south.jobs().isEmpty(), "both have left the job");
            if (bytes > 0) {
                assertTrue(proxy.cuts() >= 10, proxy.cuts() + " connections broke");
            }
        }
        assertEquals(0, plugins.open(), "plugins that are held");
        return run;
    }

    private Site join(String name, String run, FakePlugins plugins, UnreliableProxy proxy)
            throws IOException, InterruptedException {
        URI server = URI.create("weft://localhost:" + proxy.port());
        SiteSetup setup = NumbersJob.site(name, root.resolve(run).resolve(name));
        return Site.join(setup, plugins, "mina", server, Optional.of(authority.context(name)));
    }

    @Test
    void theJobComesToTheSameBytesAndNoTaskIsDoneTwice() throws Exception {
        Path expected = run("undisturbed", 0, 0);
        trained.clear();
        joined.clear();
        Path found = run("disturbed", 11, 1_500_000);

        NumbersJob.assertSameModels(expected, found);
        assertEquals(
                List.of("north 1", "north 2", "north 3", "south 1", "south 2", "south 3"),
                trained.stream().sorted().toList());
        assertEquals(List.of("north", "south"), joined.stream().sorted().toList());
        assertEquals(List.of(), job.troubles());
    }
}
