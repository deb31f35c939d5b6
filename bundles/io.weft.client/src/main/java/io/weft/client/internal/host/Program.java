package io.weft.client.internal.host;

import io.weft.api.plugin.Refusal;
import io.weft.api.training.TrainingSetup;
import io.weft.client.ClientLibrary;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is run at a site: the job's command, in the working folder, with all that belongs there. */
final class Program {

    private static final String THREADS = "OMP_NUM_THREADS";

    /** Stands in a word of the command for the folder of the site's own data. */
    private static final String DATA = "{data}";

    private final List<String> command;
    private final TrainingSetup.Workplace place;
    private final int parallel;
    private final List<ClientLibrary> libraries;

    /**
     * @param parallel how many such programs compute at a time on this machine
     */
    Program(List<String> command, TrainingSetup.Workplace place, int parallel, List<ClientLibrary> libraries) {
        this.command = List.copyOf(command);
        this.place = place;
        this.parallel = parallel;
        this.libraries = List.copyOf(libraries);
    }

    /** As a person would type it. */
    @Override
    public String toString() {
        return String.join(" ", command);
    }

    /** Where it says what it has to say. */
    Path log() {
        return log(place);
    }

    /** Where a program says what it has to say. */
    static Path log(TrainingSetup.Workplace place) {
        return place.folder().resolve("trainer.log");
    }

    /**
     * Starts it, its errors among its output.
     *
     * @param control how it reaches its site
     */
    Process start(Map<String, String> control) throws IOException {
        prepareFolder();
        ProcessBuilder builder = new ProcessBuilder(words());
        builder.directory(place.folder().toFile());
        builder.redirectErrorStream(true);
        builder.redirectInput(ProcessBuilder.Redirect.from(nothing()));
        Map<String, String> environment = builder.environment();
        Tuning.removeFrom(environment);
        environment.putAll(control);
        environment.put("PYTHONUNBUFFERED", "1");
        environment.putIfAbsent(
                THREADS, Integer.toString(Math.max(1, Runtime.getRuntime().availableProcessors() / parallel)));
        for (ClientLibrary library : libraries) {
            String there = environment.getOrDefault(library.variable(), library.otherwise());
            environment.put(
                    library.variable(),
                    Stream.of(library.folder().toString(), there, library.besides())
                            .filter(part -> !part.isEmpty())
                            .collect(Collectors.joining(File.pathSeparator)));
        }
        try {
            return builder.start();
        } catch (IOException e) {
            throw new Refusal(
                    "the trainer's program '" + command.get(0) + "' cannot be run (" + e.getMessage()
                            + "); give a program on this site's PATH, an absolute path, or a file beside the job file",
                    e);
        }
    }

    /** The command for this site; a program that travelled with the job is run from the working folder. */
    private List<String> words() {
        List<String> words = new ArrayList<>(command);
        words.replaceAll(word -> word.contains(DATA) ? word.replace(DATA, data()) : word);
        Path own = place.folder().resolve(words.get(0));
        if (place.files()
                .filter(files -> Files.isRegularFile(files.resolve(words.get(0))))
                .isPresent()) {
            words.set(0, own.toString());
        }
        return words;
    }

    private String data() {
        return place.data()
                .map(folder -> folder.toAbsolutePath().toString())
                .orElseThrow(() -> new Refusal("trainer.command has the word " + DATA
                        + " for the site's folder, and this site has no folder of data"));
    }

    private void prepareFolder() throws IOException {
        Files.createDirectories(place.folder());
        if (place.files().isEmpty()) {
            return;
        }
        Path from = place.files().get();
        try (Stream<Path> entries = Files.walk(from)) {
            for (Path entry : entries.toList()) {
                Path to = place.folder().resolve(from.relativize(entry));
                if (Files.isDirectory(entry)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(entry, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }

    private static File nothing() {
        return new File(System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null");
    }
}
