package io.weft.simulate.internal;

import io.weft.api.plugin.Nearest;
import io.weft.job.Job;
import io.weft.models.ModelCatalogue;
import io.weft.simulate.SimulationRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Finds a job's base: a folder relative to the job file, else a name in the home's {@code conf/models.yaml}, else an id in the local
 * cache of the Hugging Face hub.
 */
final class Bases {

    private final Job job;
    private final Path jobFile;
    private final ModelCatalogue catalogue;

    Bases(SimulationRequest request) {
        this(request, request.job());
    }

    /**
     * @param job whose base is looked for: the request's, or what it is at one site
     */
    Bases(SimulationRequest request, Job job) {
        this.job = job;
        this.jobFile = request.jobFile().toAbsolutePath().normalize();
        this.catalogue = ModelCatalogue.of(request.home());
    }

    /** The base's absolute folder, or its file. */
    Optional<Path> base() throws IOException {
        String name = job.model().base();
        Path beside = beside(name);
        // The trainer lm takes folders alone.
        boolean mayBeAFile = !job.trainer().type().equals("lm");
        if (Files.isDirectory(beside) || (mayBeAFile && Files.isRegularFile(beside))) {
            return Optional.of(beside);
        }
        if (Files.exists(beside)) {
            throw job.refuse(
                    "model.base is the file " + beside
                            + ", and a base is a folder, with config.json, tokenizer.json and the weights that they belong to"
                            + "; name the folder",
                    "model",
                    "base");
        }
        Optional<Path> named = catalogue.model(name);
        if (named.isPresent()) {
            return named;
        }
        Optional<Path> cached = cached(name);
        if (cached.isPresent()) {
            return cached;
        }
        List<String> known = catalogue.names();
        throw job.refuse(
                "there is no base '" + name + "': not the " + (mayBeAFile ? "file or folder" : "folder") + " "
                        + beside + ", not a name in " + catalogue.file()
                        + (known.isEmpty() ? "" : " (there are: " + String.join(", ", known) + ")")
                        + ", not in the hub's cache " + hub()
                        + "; name the folder of a checkpoint, by a path that starts at the job file's folder"
                        + (ModelCatalogue.noName(name).isEmpty()
                                ? ", or add '" + name + ": {folder: PATH}' to " + catalogue.file()
                                : "")
                        + Nearest.hint(name, known),
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
