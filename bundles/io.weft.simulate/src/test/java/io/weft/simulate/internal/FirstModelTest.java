package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.api.tensor.Companion;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.TrainingSetup;
import io.weft.exchange.Cancellation;
import io.weft.job.JobFile;
import io.weft.server.Alarm;
import io.weft.server.JobRequest;
import io.weft.server.JobResult;
import io.weft.server.JobState;
import io.weft.server.Server;
import io.weft.site.ComputeSlots;
import io.weft.site.Site;
import io.weft.site.SiteSetup;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job that brings its first model along, at a site that has one of that name and at one that has none. */
@Timeout(300)
class FirstModelTest {

    private static final URI ADDRESS = URI.create("local:first-model");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path root;

    /** What each site's trainer found at its base. */
    private final Map<String, byte[]> found = new ConcurrentHashMap<>();

    private final FakePlugins plugins = new FakePlugins(new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
        @Override
        protected void opened(String site, TrainingSetup setup) {
            try {
                found.put(site, Files.readAllBytes(setup.base().orElseThrow()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        protected List<Companion> companions() {
            return List.of();
        }
    });

    private Site join(String name, Optional<Path> base) throws IOException, InterruptedException {
        Path folder = Files.createDirectories(root.resolve(name));
        Path numbers = Files.write(folder.resolve("numbers.jsonl"), List.of("1", "2"));
        SiteFiles files = new SiteFiles(base, Optional.empty(), new TreeMap<>(Map.of("numbers", numbers)));
        SiteSetup setup = new SiteSetup(
                name, folder.resolve("work"), files, new ComputeSlots(1), PATIENCE, folder.resolve("programs"));
        return Site.join(setup, plugins, "local", ADDRESS);
    }

    private Path model(String name, float value) throws IOException {
        Path file = root.resolve(name);
        List<TensorSpec> tensors = FakeTrainer.twoTensors(DType.F32);
        try (TensorWriter out = Safetensors.create(file, tensors)) {
            for (TensorSpec tensor : tensors) {
                for (long at = 0; at < tensor.elements(); at++) {
                    out.write(tensor, at, new float[] {value}, 1);
                }
            }
            out.commit();
        }
        return file;
    }

    private JobRequest job(Path model) {
        SortedMap<String, Path> nothing = new TreeMap<>();
        return new JobRequest(
                "numbers-1",
                JobFile.parse("""
                        name: numbers
                        workflow: {rounds: 1}
                        model: {backend: fake, base: first.safetensors}
                        trainer: fake
                        data: {train: numbers}
                        """, "job.yaml"),
                "job.yaml",
                root.resolve("run"),
                List.of("north", "south"),
                new TreeMap<>(),
                false,
                new JobRequest.Carried(Optional.of(model), nothing));
    }

    @Test
    void aSiteWithoutTheModelGetsTheJobsAndOneThatHasItKeepsItsOwn() throws Exception {
        Path model = model("first.safetensors", 0.5f);
        Path own = model("own.safetensors", 0.25f);
        try (Alarm.OfMachine alarm = new Alarm.OfMachine("test-alarm");
                Server server = Server.listen(plugins, "local", ADDRESS, alarm, PATIENCE);
                Site north = join("north", Optional.of(own));
                Site south = join("south", Optional.empty())) {
            JobResult result = server.run(job(model), event -> {}, new Cancellation());
            assertEquals(JobState.FINISHED, result.summary().state(), result.reason()::toString);
        }
        assertEquals(Set.of("north", "south"), found.keySet());
        assertArrayEquals(Files.readAllBytes(own), found.get("north"));
        assertArrayEquals(Files.readAllBytes(model), found.get("south"));
    }
}
