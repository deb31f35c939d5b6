package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.api.plugin.JobContext;
import io.weft.api.tensor.DType;
import io.weft.api.training.Task;
import io.weft.exchange.Cancellation;
import io.weft.job.JobFile;
import io.weft.server.Alarm;
import io.weft.server.JobEvent;
import io.weft.server.JobRequest;
import io.weft.server.JobResult;
import io.weft.server.JobState;
import io.weft.server.Server;
import io.weft.site.ComputeSlots;
import io.weft.site.Site;
import io.weft.site.SiteSetup;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server and sites of which one leaves in the middle of a round, as a process does that is killed. */
@Timeout(300)
class GoneSiteTest {

    private static final URI ADDRESS = URI.create("local:gone");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path root;

    private final CountDownLatch westTrains = new CountDownLatch(1);
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());

    private final FakePlugins plugins = new FakePlugins(new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
        @Override
        protected void beforeTraining(String site, Task task, JobContext job) {
            if (site.equals("west")) {
                westTrains.countDown();
                while (true) {
                    job.checkCancelled();
                    Thread.onSpinWait();
                }
            }
        }
    });

    private Site join(String name) throws IOException, InterruptedException {
        Path folder = Files.createDirectories(root.resolve(name));
        Path numbers = Files.write(folder.resolve("numbers.jsonl"), List.of("1", "2"));
        SiteFiles files = new SiteFiles(Optional.empty(), Optional.empty(), new TreeMap<>(Map.of("numbers", numbers)));
        SiteSetup setup = new SiteSetup(
                name, folder.resolve("work"), files, new ComputeSlots(1), PATIENCE, folder.resolve("programs"));
        return Site.join(setup, plugins, "local", ADDRESS);
    }

    private JobRequest job() {
        return new JobRequest(
                "numbers-1",
                JobFile.parse("""
                        name: numbers
                        workflow: {rounds: 2, sites: {min: 2}}
                        model: {backend: fake, base: base}
                        trainer: fake
                        data: {train: numbers}
                        """, "job.yaml"),
                "job.yaml",
                root.resolve("run"),
                List.of("north", "south", "west"),
                new TreeMap<>(),
                false);
    }

    private void happened(JobEvent event) {
        if (event instanceof JobEvent.SiteFailed failure) {
            failures.add(failure.round() + " " + failure.site() + " " + failure.reason());
        }
    }

    @Test
    void theJobGoesOnWithoutIt() throws Exception {
        try (Alarm.OfMachine alarm = new Alarm.OfMachine("test-alarm");
                Server server = Server.listen(plugins, "local", ADDRESS, alarm, PATIENCE);
                Site north = join("north");
                Site south = join("south")) {
            Site west = join("west");
            Thread leaving = new Thread(() -> leave(west), "leaving");
            leaving.start();
            JobResult result = server.run(job(), this::happened, new Cancellation());
            leaving.join();
            assertEquals(JobState.FINISHED, result.summary().state(), result.reason()::toString);
            assertEquals(2, result.summary().rounds());
        }
        assertEquals(
                List.of("1 west it is gone (its link was closed)", "2 west it is gone (its link was closed)"),
                failures);
        assertEquals(0, plugins.open());
    }

    private void leave(Site west) {
        try {
            westTrains.await();
            west.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
