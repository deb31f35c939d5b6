package io.weft.simulate.internal;

import io.weft.api.plugin.Refusal;
import io.weft.job.Job;
import io.weft.job.Nearest;
import io.weft.simulate.SimulationRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Finds a job's base: a folder relative to the job file, else a name in the home's {@code conf/models.yaml}, else an id in the local
 * cache of the Hugging Face hub.
 */
final class Bases {

    private final Job job;
    private final Path jobFile;
    private final Path home;

    Bases(SimulationRequest request) {
        this(request, request.job());
    }

    /**
     * @param job whose base is looked for: the request's, or what it is at one site
     */
    Bases(SimulationRequest request, Job job) {
        this.job = job;
        this.jobFile = request.jobFile().toAbsolutePath().normalize();
        this.home = request.home().toAbsolutePath().normalize();
    }

    /** The base's absolute folder, or its file. */
    Optional<Path> base() throws IOException {
        String name = job.model().base();
        Path beside = beside(name);
        if (Files.isDirectory(beside) || (job.program().isPresent() && Files.isRegularFile(beside))) {
            return Optional.of(beside);
        }
        Map<String, Path> catalogue = catalogue();
        if (catalogue.containsKey(name)) {
            Path folder = catalogue.get(name);
            if (!Files.isDirectory(folder)) {
                throw new Refusal(models() + ": '" + name + "' is " + folder + ", which is no folder");
            }
            return Optional.of(folder);
        }
        Optional<Path> cached = cached(name);
        if (cached.isPresent()) {
            return cached;
        }
        throw job.refuse(
                "there is no base '" + name + "': not the " + (job.program().isPresent() ? "file" : "folder") + " "
                        + beside + ", not a name in " + models()
                        + (catalogue.isEmpty() ? "" : " (there are: " + String.join(", ", catalogue.keySet()) + ")")
                        + ", not in the hub's cache " + hub() + Nearest.hint(name, catalogue.keySet()),
                "model",
                "base");
    }

    private Path beside(String name) {
        try {
            return jobFile.resolveSibling(name).normalize();
        } catch (InvalidPathException e) {
            throw job.refuse("model.base is '" + name + "', which is neither a path nor a name", "model", "base");
        }
    }

    private Path models() {
        return home.resolve("conf").resolve("models.yaml");
    }

    private Map<String, Path> catalogue() throws IOException {
        Map<String, Path> found = new TreeMap<>();
        if (!Files.exists(models())) {
            return found;
        }
        Object yaml;
        try {
            yaml = new Load(LoadSettings.builder().setLabel(models().toString()).build())
                    .loadFromString(Files.readString(models(), StandardCharsets.UTF_8));
        } catch (YamlEngineException e) {
            throw new Refusal(
                    models() + " is no YAML ("
                            + e.getMessage().lines().findFirst().orElse("") + ")",
                    e);
        }
        if (yaml instanceof Map<?, ?> entries) {
            entries.forEach((name, entry) -> found.put(String.valueOf(name), folder(String.valueOf(name), entry)));
        } else if (yaml != null) {
            throw new Refusal(models() + " must map names to folders, such as 'smollm2: {folder: models/SmolLM2}'");
        }
        return found;
    }

    private Path folder(String name, Object entry) {
        if (entry instanceof Map<?, ?> model && model.get("folder") instanceof String folder) {
            return home.resolve(folder).normalize();
        }
        throw new Refusal(models() + ": '" + name + "' has no folder; write '" + name + ": {folder: PATH}'");
    }

    /** The snapshot that the hub's cache calls {@code main}. */
    private static Optional<Path> cached(String id) throws IOException {
        if (!id.matches("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)?")) {
            return Optional.empty();
        }
        Path repository = hub().resolve("models--" + id.replace("/", "--"));
        Path main = repository.resolve("refs").resolve("main");
        if (!Files.isRegularFile(main)) {
            return Optional.empty();
        }
        Path snapshot = repository
                .resolve("snapshots")
                .resolve(Files.readString(main, StandardCharsets.UTF_8).strip());
        return Files.isDirectory(snapshot) ? Optional.of(snapshot) : Optional.empty();
    }

    private static Path hub() {
        return environment("HF_HUB_CACHE")
                .or(() -> environment("HF_HOME").map(root -> root.resolve("hub")))
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "huggingface", "hub"));
    }

    private static Optional<Path> environment(String name) {
        return Optional.ofNullable(System.getenv(name))
                .filter(value -> !value.isBlank())
                .map(Path::of);
    }
}
