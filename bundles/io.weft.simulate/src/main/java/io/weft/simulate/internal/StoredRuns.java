package io.weft.simulate.internal;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.server.JobState;
import io.weft.server.StoredJob;
import io.weft.simulate.StoredRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The runs that have begun, by id or by folder. */
final class StoredRuns {

    /** More would hide the sentence that they stand in. */
    private static final int MOST_LISTED = 10;

    private final Path jobs;

    StoredRuns(Path home) {
        this.jobs = Place.jobs(home);
    }

    /**
     * The run of that id in this home, or in that folder.
     *
     * @throws Refusal when there is none; with those there are
     */
    StoredRun find(String run) throws IOException {
        return read(folder(run));
    }

    static StoredRun read(Path folder) throws IOException {
        StoredJob stored = StoredJob.read(folder);
        Origin origin = Origin.of(stored);
        return new StoredRun(stored.id(), folder, origin.request(), stored.sites(), stored.state());
    }

    private Path folder(String run) throws IOException {
        Optional<Path> byId = path(jobs, run).filter(place -> jobs.equals(place.getParent()));
        if (byId.isPresent() && Files.isSymbolicLink(byId.get()) && !Files.exists(byId.get())) {
            throw new Refusal("run " + run + " lay in " + Files.readSymbolicLink(byId.get())
                    + ", which is not there any more; give the folder where it is now");
        }
        List<Path> places = Stream.of(
                        byId, path(jobs.getFileSystem().getPath("").toAbsolutePath(), run))
                .flatMap(Optional::stream)
                .filter(Files::isDirectory)
                .toList();
        for (Path place : places) {
            if (StoredJob.isIn(place)) {
                return place.toRealPath();
            }
        }
        if (!places.isEmpty()) {
            throw new Refusal(places.get(0) + " has no run that began; start it anew");
        }
        throw new Refusal("there is no run '" + run + "' to resume, by id or by folder; " + resumable(run));
    }

    private static Optional<Path> path(Path parent, String name) {
        try {
            return Optional.of(parent.resolve(name).normalize());
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** The runs of the home that have not finished, the newest first. */
    private String resumable(String wanted) throws IOException {
        List<Path> runs = List.of();
        if (Files.isDirectory(jobs)) {
            try (Stream<Path> entries = Files.list(jobs)) {
                runs = entries.filter(StoredJob::isIn)
                        .filter(folder -> StoredJob.glimpse(folder).stream().noneMatch(JobState.FINISHED::equals))
                        .sorted(Comparator.comparing(StoredRuns::begun).reversed())
                        .toList();
            }
        }
        if (runs.isEmpty()) {
            return "there are none that have not finished in " + jobs;
        }
        List<String> names =
                runs.stream().map(folder -> folder.getFileName().toString()).toList();
        return "there are: "
                + runs.stream()
                        .limit(MOST_LISTED)
                        .map(folder -> folder.getFileName()
                                + StoredJob.glimpse(folder)
                                        .map(state -> " (" + state + ")")
                                        .orElse(""))
                        .collect(Collectors.joining(", "))
                + (runs.size() > MOST_LISTED ? " and " + (runs.size() - MOST_LISTED) + " more in " + jobs : "")
                + Nearest.hint(wanted, names);
    }

    private static String begun(Path folder) {
        try {
            return Files.getLastModifiedTime(folder).toInstant().toString();
        } catch (IOException e) {
            return "";
        }
    }
}
