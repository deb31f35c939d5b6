package io.weft.server.internal;

import io.weft.api.training.Task;
import io.weft.api.workflow.Step;
import io.weft.tensor.Digests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The files that a step has made in a job's folder: what is put on record of them is read back from the disk. */
final class Committed {

    private final JobFolder folder;
    private final Map<Path, String> known = new HashMap<>();

    Committed(JobFolder folder) {
        this.folder = folder;
    }

    /** A file was read back when it was written, and has this SHA-256. */
    void know(Path file, String digest) {
        known.put(file, digest);
    }

    /** The SHA-256 of each, by its path in the job's folder, with {@code /}. */
    SortedMap<String, String> by(Step step) throws IOException {
        if (step instanceof Step.Ask ask && ask.task().equals(Task.SUBMIT_MODEL)) {
            return below(folder.global(0).getParent());
        }
        if (step instanceof Step.Fold fold) {
            return of(List.of(folder.global(fold.round()), folder.roundMetrics(fold.round())));
        }
        if (step instanceof Step.Finish) {
            return below(folder.result());
        }
        return new TreeMap<>();
    }

    /** That of files. */
    SortedMap<String, String> of(List<Path> files) throws IOException {
        SortedMap<String, String> digests = new TreeMap<>();
        for (Path file : files) {
            String digest = known.remove(file);
            digests.put(folder.name(file), digest == null ? Digests.of(file) : digest);
        }
        return digests;
    }

    private SortedMap<String, String> below(Path place) throws IOException {
        if (!Files.isDirectory(place)) {
            return new TreeMap<>(); // No site has given what it was asked for.
        }
        try (Stream<Path> entries = Files.walk(place)) {
            return of(entries.filter(Files::isRegularFile).toList());
        }
    }
}
