package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import io.weft.job.JobFile;
import io.weft.server.AccessControl;
import io.weft.server.Alarm;
import io.weft.server.JobEvent;
import io.weft.server.JobRequest;
import io.weft.server.JobResult;
import io.weft.server.JobState;
import io.weft.server.Server;
import io.weft.server.ServerSetup;
import io.weft.site.ComputeSlots;
import io.weft.site.Site;
import io.weft.site.SiteSetup;
import io.weft.transport.mina.MinaTransport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server and two sites over a network whose connections are slow and break all the time. */
@Timeout(300)
class BrokenConnectionsTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration LATE = Duration.ofMillis(2);
    private static final int ROUNDS = 3;

    @TempDir
    Path root;

    private final TestAuthority authority = new TestAuthority("project");
    private final List<String> trained = Collections.synchronizedList(new ArrayList<>());
    private final List<String> joined = Collections.synchronizedList(new ArrayList<>());
    private final List<String> troubles = Collections.synchronizedList(new ArrayList<>());

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

    private SortedMap<String, byte[]> run(String name, long seed, long bytes) throws Exception {
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
                                PATIENCE,
                                new Counting()));
                UnreliableProxy proxy = UnreliableProxy.open(
                        0,
                        new InetSocketAddress("localhost", transport.at.join().getPort()),
                        seed,
                        bytes == 0 ? Duration.ZERO : LATE,
                        bytes);
                Site north = join("north", name, plugins, proxy);
                Site south = join("south", name, plugins, proxy)) {
            JobResult result = server.run(job(run), this::happened, new Cancellation());
            assertEquals(JobState.FINISHED, result.summary().state(), result.reason()::toString);
            assertTrue(north.jobs().isEmpty() && south.jobs().isEmpty(), "both have left the job");
            if (bytes > 0) {
                assertTrue(proxy.cuts() >= 10, proxy.cuts() + " connections broke");
            }
        }
        assertEquals(0, plugins.open(), "plugins that are held");
        return Federation.bytes(run);
    }

    private Site join(String name, String run, FakePlugins plugins, UnreliableProxy proxy)
            throws IOException, InterruptedException {
        Path folder = Files.createDirectories(root.resolve(run).resolve(name));
        Path numbers = Files.write(folder.resolve("numbers.jsonl"), List.of("1", name.equals("north") ? "2" : "5"));
        SiteFiles files = new SiteFiles(Optional.empty(), Optional.empty(), new TreeMap<>(Map.of("numbers", numbers)));
        SiteSetup setup = new SiteSetup(
                name, folder.resolve("work"), files, new ComputeSlots(1), PATIENCE, folder.resolve("programs"));
        URI server = URI.create("weft://localhost:" + proxy.port());
        return Site.join(setup, plugins, "mina", server, Optional.of(authority.context(name)));
    }

    private static JobRequest job(Path run) {
        return new JobRequest(
                "numbers-1",
                JobFile.parse("""
                        name: numbers
                        workflow: {rounds: %d}
                        model: {backend: fake, base: base}
                        trainer: fake
                        data: {train: numbers}
                        """.formatted(ROUNDS), "job.yaml"),
                "job.yaml",
                run,
                List.of("north", "south"),
                new TreeMap<>(),
                false);
    }

    private void happened(JobEvent event) {
        if (event instanceof JobEvent.SiteFailed || event instanceof JobEvent.SiteLate) {
            troubles.add(event.toString());
        }
    }

    @Test
    void theJobComesToTheSameBytesAndNoTaskIsDoneTwice() throws Exception {
        SortedMap<String, byte[]> expected = run("undisturbed", 0, 0);
        trained.clear();
        joined.clear();
        SortedMap<String, byte[]> found = run("disturbed", 11, 1_500_000);

        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((file, bytes) -> assertArrayEquals(bytes, found.get(file), file));
        assertEquals(
                List.of("north 1", "north 2", "north 3", "south 1", "south 2", "south 3"),
                trained.stream().sorted().toList());
        assertEquals(List.of("north", "south"), joined.stream().sorted().toList());
        assertEquals(List.of(), troubles);
    }
}
