package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.api.tensor.DType;
import io.weft.exchange.Cancellation;
import io.weft.job.JobFile;
import io.weft.server.Alarm;
import io.weft.server.JobEvent;
import io.weft.server.JobRequest;
import io.weft.server.JobResult;
import io.weft.server.JobState;
import io.weft.server.Server;
import io.weft.site.ComputeSlots;
import io.weft.site.ProgramPolicy;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A job brings a program; whether it runs is each site's own affair. */
class ProgramPolicyTest {

    private static final URI ADDRESS = URI.create("local:policies");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path root;

    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private final FakePlugins plugins = new FakePlugins(new FakeTrainer(FakeTrainer.twoTensors(DType.F32)));

    private Site join(String name, ProgramPolicy policy) throws IOException, InterruptedException {
        Path folder = Files.createDirectories(root.resolve(name));
        Path numbers = Files.write(folder.resolve("numbers.jsonl"), List.of("1", "2"));
        SiteFiles files = new SiteFiles(Optional.empty(), Optional.empty(), new TreeMap<>(Map.of("numbers", numbers)));
        SiteSetup setup = new SiteSetup(
                name, folder.resolve("work"), files, new ComputeSlots(1), PATIENCE, folder.resolve("programs"), policy);
        return Site.join(setup, plugins, "local", ADDRESS);
    }

    @Test
    void aSiteThatDoesNotAgreeTakesNoPart() throws Exception {
        JobRequest job = new JobRequest(
                "numbers-1",
                JobFile.parse("""
                        name: numbers
                        workflow: {rounds: 1, sites: {min: 1}}
                        model: {backend: fake, base: base}
                        trainer: {type: fake, command: [sh, train.sh]}
                        data: {train: numbers}
                        """, "job.yaml"),
                "job.yaml",
                root.resolve("run"),
                List.of("north", "south", "west"),
                new TreeMap<>(),
                false);
        try (Alarm.OfMachine alarm = new Alarm.OfMachine("test-alarm");
                Server server = Server.listen(plugins, "local", ADDRESS, alarm, PATIENCE);
                Site north =
                        join("north", program -> Optional.of(program.command().get(0) + " is not on its list"));
                Site south = join("south", ProgramPolicy.NONE);
                Site west = join("west", ProgramPolicy.ANY)) {
            JobResult result = server.run(job, this::happened, new Cancellation());

            assertEquals(JobState.FINISHED, result.summary().state(), result.reason()::toString);
        }
        Collections.sort(failures);
        assertEquals(
                List.of(
                        "0 north the program 'sh train.sh' is not run here: sh is not on its list",
                        "0 south the program 'sh train.sh' is not run here: this site runs no programs of jobs"),
                failures);
    }

    private void happened(JobEvent event) {
        if (event instanceof JobEvent.SiteFailed failure) {
            failures.add(failure.round() + " " + failure.site() + " " + failure.reason());
        }
    }
}
