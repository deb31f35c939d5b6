package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.JobContext;
import io.weft.api.tensor.DType;
import io.weft.api.training.Task;
import io.weft.exchange.Cancellation;
import io.weft.server.Alarm;
import io.weft.server.JobEvent;
import io.weft.server.JobResult;
import io.weft.server.JobState;
import io.weft.server.Server;
import io.weft.site.Site;
import io.weft.site.SiteSetup;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A site whose disk is full while it trains, and has room later. */
@Timeout(300)
class SitesFullDiskTest {

    private static final URI ADDRESS = URI.create("local:sites-full");

    @TempDir
    Path root;

    private final NumbersJob job = new NumbersJob();
    private volatile boolean full;

    private final FakePlugins plugins = new FakePlugins(new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
        @Override
        protected void beforeTraining(String site, Task task, JobContext context) throws IOException {
            if (full && site.equals("south") && task.round() == 2) {
                full = false;
                Files.createDirectories(disk());
                IOException problem = FileProblem.writing(
                        disk().resolve("update.safetensors"), 1, new IOException("No space left on device"));
                Files.delete(disk());
                throw problem;
            }
        }
    });

    /** A disk that is not there has no room. */
    private Path disk() {
        return root.resolve("disk");
    }

    private void happened(JobEvent event) {
        job.happened(event);
        if (event instanceof JobEvent.StateChanged change && change.state() == JobState.WAITING) {
            try {
                Files.createDirectories(disk());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private Site join(String name) throws IOException, InterruptedException {
        SiteSetup setup = NumbersJob.site(name, root.resolve(name));
        return Site.join(
                new SiteSetup(
                        setup.name(),
                        setup.work(),
                        setup.catalogue(),
                        setup.slots(),
                        setup.patience(),
                        setup.programs(),
                        setup.policy(),
                        setup.admission(),
                        true),
                plugins,
                "local",
                ADDRESS);
    }

    private JobResult run(Path run) throws IOException, InterruptedException {
        try (Alarm.OfMachine alarm = new Alarm.OfMachine("test-alarm");
                Server server = Server.listen(plugins, "local", ADDRESS, alarm, NumbersJob.PATIENCE);
                Site north = join("north");
                Site south = join("south")) {
            return server.run(NumbersJob.request("rounds: 3", run, false), this::happened, new Cancellation());
        }
    }

    @Test
    void theJobWaitsAndGoesOnToTheSameBytesWhenThereIsRoom() throws Exception {
        Path straight = root.resolve("straight");
        assertEquals(JobState.FINISHED, run(straight).summary().state());
        assertEquals(List.of(), job.troubles());

        full = true;
        Path run = root.resolve("run");
        JobResult result = run(run);

        assertEquals(JobState.FINISHED, result.summary().state(), result.reason()::toString);
        assertEquals(1, job.troubles().size(), job.troubles()::toString);
        String told = job.troubles().get(0);
        assertTrue(told.startsWith("site 'south': no space left in " + disk()), told);
        NumbersJob.assertSameModels(straight, run);
        assertEquals(0, plugins.open());
    }
}
