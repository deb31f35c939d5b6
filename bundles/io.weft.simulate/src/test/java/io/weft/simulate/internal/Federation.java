package io.weft.simulate.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.training.Trainer;
import io.weft.job.JobFile;
import io.weft.server.Alarm;
import io.weft.server.JobEvent;
import io.weft.server.JobObserver;
import io.weft.server.Server;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.SiteData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A folder with a job file and sites, and a home, for tests. */
final class Federation {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path root;
    private final FakePlugins plugins;
    private final List<JobEvent> events = new ArrayList<>();
    private String job = """
            name: numbers
            workflow: {type: fedavg, rounds: 3}
            model: {backend: fake, base: base}
            trainer: {type: fake}
            data: {train: numbers, validate: held}
            """;
    private int parallel = 1;
    private JobObserver observer = event -> {};
    private Optional<Alarm> alarm = Optional.empty();
    private Duration patience = Server.PATIENCE;
    private Clock clock = Clock.systemUTC();

    Federation(Path root, Trainer trainer) throws IOException {
        this.root = root;
        this.plugins = new FakePlugins(trainer);
        Files.createDirectories(root.resolve("base"));
    }

    /** Adds a site with numbers to train on, and one to validate on. */
    Federation site(String name, double held, double... numbers) throws IOException {
        Path folder = Files.createDirectories(root.resolve("sites").resolve(name));
        List<String> lines = new ArrayList<>();
        for (double number : numbers) {
            lines.add(Double.toString(number));
        }
        Files.write(folder.resolve("numbers.jsonl"), lines);
        Files.write(folder.resolve("held.jsonl"), List.of(Double.toString(held)));
        return this;
    }

    /** What the job file says of its workflow besides its type. */
    Federation workflow(String keys) {
        job = job.replaceFirst("type: fedavg, [^\\n]*}\n", "type: fedavg, " + keys + "}\n");
        return this;
    }

    Federation more(String lines) {
        job += lines;
        return this;
    }

    Federation parallel(int sites) {
        parallel = sites;
        return this;
    }

    /** Deadlines ring when the test says so. */
    Federation alarm(Alarm byHand) {
        alarm = Optional.of(byHand);
        return this;
    }

    /** How long the end waits for a site that does not stop. */
    Federation patience(Duration time) {
        patience = time;
        return this;
    }

    /** What time it is. */
    Federation clock(Clock time) {
        clock = time;
        return this;
    }

    /** Told every event, while the job goes on. */
    Federation watching(JobObserver told) {
        observer = told;
        return this;
    }

    Path root() {
        return root;
    }

    FakePlugins plugins() {
        return plugins;
    }

    List<JobEvent> events() {
        return events;
    }

    SimulationResult run(String out) throws IOException, InterruptedException {
        return run(new SiteData.Folders(root.resolve("sites")), Optional.of(root.resolve(out)));
    }

    SimulationResult run(SiteData sites, Optional<Path> out) throws IOException, InterruptedException {
        Path file = root.resolve("job.yaml");
        Files.writeString(file, job);
        return new LocalSimulation(plugins, alarm, patience, clock)
                .run(
                        new SimulationRequest(
                                JobFile.read(file), file, sites, out, root.resolve("home"), OptionalInt.of(parallel)),
                        this::happened);
    }

    /** Goes on with the run in a folder, or of an id. */
    SimulationResult resume(String run) throws IOException, InterruptedException {
        LocalSimulation simulation = new LocalSimulation(plugins);
        return simulation.resume(simulation.find(run, root.resolve("home")), this::happened);
    }

    private void happened(JobEvent event) {
        synchronized (events) {
            events.add(event);
        }
        observer.happened(event);
    }

    static JsonNode json(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }

    static List<JsonNode> lines(Path file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    /** The bytes that one seed must always give: every global model and the result. */
    static SortedMap<String, byte[]> bytes(Path run) throws IOException {
        SortedMap<String, byte[]> bytes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = run.relativize(file).toString();
                if (name.startsWith("result") || name.endsWith("global.safetensors")) {
                    bytes.put(name, Files.readAllBytes(file));
                }
            }
        }
        return bytes;
    }
}
