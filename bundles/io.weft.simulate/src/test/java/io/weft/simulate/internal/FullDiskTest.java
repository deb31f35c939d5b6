package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.aggregator.fedavg.FederatedAveraging;
import io.weft.api.aggregation.Aggregation;
import io.weft.api.aggregation.Aggregator;
import io.weft.api.aggregation.Round;
import io.weft.api.plugin.JobContext;
import io.weft.api.tensor.DType;
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
import io.weft.tensor.DiskFull;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that stays, and whose disk is full while a job runs. */
@Timeout(300)
class FullDiskTest {

    private static final URI ADDRESS = URI.create("local:full");
    private static final long TAKEN = 1_234_567;

    @TempDir
    Path root;

    private final NumbersJob job = new NumbersJob();

    /** Averages, but finds no room in the second round as long as the disk is full. */
    private static final class Filling implements Aggregator {

        private final FederatedAveraging averaging = new FederatedAveraging();
        private final Path file;
        private volatile boolean full;

        Filling(Path file, boolean full) {
            this.file = file;
            this.full = full;
        }

        @Override
        public Aggregation open(JobContext job) {
            Aggregation aggregation = averaging.open(job);
            return new Aggregation() {
                @Override
                public void aggregate(Round round) throws IOException {
                    if (full && round.number() == 2) {
                        throw FileProblem.writing(file, TAKEN, new IOException("No space left on device"));
                    }
                    aggregation.aggregate(round);
                }

                @Override
                public void close() {
                    aggregation.close();
                }
            };
        }
    }

    /** Its sites may come back. */
    private static final class Staying implements AccessControl {

        @Override
        public Optional<Service> receive(Optional<X509Certificate> certificate, String name, Link link) {
            return Optional.empty();
        }

        @Override
        public boolean sitesReturn() {
            return true;
        }
    }

    private Site join(String name, FakePlugins plugins) throws IOException, InterruptedException {
        return Site.join(NumbersJob.site(name, root.resolve(name)), plugins, "local", ADDRESS);
    }

    private JobResult run(Server server, Path run, boolean resumes) throws IOException, InterruptedException {
        return server.run(NumbersJob.request("rounds: 3, sites: {min: 1}", run, resumes), job, new Cancellation());
    }

    @Test
    void theJobWaitsAndGoesOnWithTheSameBytesWhenThereIsRoom() throws Exception {
        Path straight = root.resolve("straight");
        Path run = root.resolve("run");
        Filling roomy = new Filling(run.resolve("global.safetensors"), false);
        FakePlugins plugins = new FakePlugins(FakeTrainer.ofTwoTensors(DType.F32));
        plugins.install(Aggregator.class, "fedavg", roomy, "1.0.0");
        try (Alarm.OfMachine alarm = new Alarm.OfMachine("test-alarm");
                Server server = Server.listen(
                        plugins,
                        new ServerSetup(
                                "local", ADDRESS, Optional.empty(), alarm, NumbersJob.PATIENCE, new Staying()));
                Site north = join("north", plugins);
                Site south = join("south", plugins)) {
            assertEquals(
                    JobState.FINISHED, run(server, straight, false).summary().state());
            assertEquals(List.of(), job.troubles());

            roomy.full = true;
            DiskFull full = assertThrows(DiskFull.class, () -> run(server, run, false));
            assertEquals(TAKEN, full.bytes());
            assertEquals(List.of(full.getMessage()), job.troubles(), "no site is to blame");
            assertTrue(full.getMessage().startsWith("no space left in "), full.getMessage());

            roomy.full = false;
            JobResult result = run(server, run, true);
            assertEquals(JobState.FINISHED, result.summary().state(), result.reason()::toString);
        }
        NumbersJob.assertSameModels(straight, run);
        assertEquals(0, plugins.open());
    }
}
