package io.weft.server;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.job.Job;
import io.weft.job.ProgramSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a job takes along: a first model that is a file, and the files beside the job file that a program of its own needs. */
public final class JobFiles {

    /** What Python leaves beside sources belongs to the machine it was left on. */
    private static final Set<String> LEFT_BEHIND = Set.of("__pycache__");

    /** What is a script by its name; a word without such an end may be a program, a module, a list of paths or a name of anything. */
    private static final String SCRIPT = "[^={}:;\\s]*[^={}:;\\s./]\\.(py|sh|bash|R|jl|pl|rb|js|jar)";

    private final Job job;
    private final Path home;
    private final SortedMap<String, Path> files = new TreeMap<>();

    private JobFiles(Job job, Path home) {
        this.job = job;
        this.home = home;
    }

    /**
     * Packs.
     *
     * @param jobFile beside which the files lie
     * @param base the base as it was found; one that is a file is the job's first model
     * @throws Refusal when something is not there, or does not lie beside the job file
     */
    public static JobRequest.Carried of(Job job, Path jobFile, Optional<Path> base) throws IOException {
        List<ProgramSettings> programs = Stream.concat(
                        Stream.of(job), job.overrides().keySet().stream().map(job::forSite))
                .flatMap(variant -> variant.program().stream())
                .distinct()
                .toList();
        Optional<Path> model = base.filter(Files::isRegularFile);
        if (programs.isEmpty() && model.isEmpty()) {
            return JobRequest.Carried.NOTHING;
        }
        JobFiles jobFiles =
                new JobFiles(job, jobFile.toAbsolutePath().normalize().getParent());
        for (ProgramSettings program : programs) {
            for (String word : program.command()) {
                jobFiles.addWhereItIsAFile(word);
            }
            for (String path : program.files()) {
                jobFiles.add(path);
            }
        }
        return new JobRequest.Carried(model, jobFiles.files);
    }

    private void addWhereItIsAFile(String word) throws IOException {
        boolean namesAFile = !word.startsWith("-") && !word.equals(".") && !word.equals("..") && word.indexOf('\0') < 0;
        if (!namesAFile || Path.of(word).isAbsolute()) {
            return;
        }
        if (Files.exists(home.resolve(word))) {
            add(word);
        } else if (word.matches(SCRIPT)) {
            throw job.refuse(
                    "trainer.command runs '" + word + "', and there is no "
                            + home.resolve(word).normalize()
                            + "; put the script there, or give it with its whole path when every site has it"
                            + Nearest.hint(word, beside()),
                    "trainer",
                    "command");
        }
    }

    private List<String> beside() throws IOException {
        try (Stream<Path> entries = Files.list(home)) {
            return entries.filter(Files::isRegularFile)
                    .map(entry -> entry.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    private void add(String word) throws IOException {
        Path named = home.resolve(word).normalize();
        if (!named.startsWith(home) || named.equals(home)) {
            throw job.refuse(
                    "'" + word + "' does not lie in the job file's folder " + home
                            + "; only what lies there can travel with the job",
                    "trainer");
        }
        if (!Files.exists(named)) {
            throw job.refuse("trainer.files names '" + word + "', and there is no " + named, "trainer", "files");
        }
        List<Path> found;
        try (Stream<Path> entries = Files.walk(named)) {
            found = entries.filter(Files::isRegularFile).toList();
        }
        for (Path file : found) {
            Path relative = home.relativize(file);
            boolean leftBehind = Stream.iterate(relative, path -> path != null, Path::getParent)
                    .anyMatch(part -> LEFT_BEHIND.contains(part.getFileName().toString()));
            if (!leftBehind) {
                if (!Files.isReadable(file)) {
                    throw new Refusal(file + " is to travel with the job and cannot be read");
                }
                files.put(relative.toString().replace('\\', '/'), file);
            }
        }
    }
}
