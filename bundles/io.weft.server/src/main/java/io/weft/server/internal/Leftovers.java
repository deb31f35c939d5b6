package io.weft.server.internal;

import io.weft.api.training.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What a sitting that was cut short left in a job's folder and did not put on record. */
final class Leftovers {

    private final JobFolder folder;
    private final Set<Path> kept = new HashSet<>();
    private int lastFolded;
    private boolean begun;
    private boolean finished;

    /**
     * @param entries what is on record
     */
    Leftovers(JobFolder folder, List<LogEntry> entries) {
        this.folder = folder;
        entries.forEach(this::keep);
    }

    private void keep(LogEntry entry) {
        if (entry instanceof LogEntry.Task task && task.sent().isPresent()) {
            if (task.round() == 0) {
                begun = true;
            } else {
                kept.add(folder.update(task.round(), task.site()));
                kept.add(folder.updateFacts(task.round(), task.site()));
            }
        } else if (entry instanceof LogEntry.Step step) {
            if (step.done().step() instanceof io.weft.api.workflow.Step.Fold fold) {
                lastFolded = Math.max(lastFolded, fold.round());
            }
            // A job that brings its first model has this step and no task of a site.
            begun |= step.done().step() instanceof io.weft.api.workflow.Step.Ask ask
                    && ask.task().equals(Task.SUBMIT_MODEL);
            finished |= step.done().step() instanceof io.weft.api.workflow.Step.Finish;
        }
    }

    /** Removes them. */
    void remove() throws IOException {
        if (!finished) {
            delete(folder.result());
        }
        Files.deleteIfExists(folder.summary());
        if (Files.isDirectory(folder.rounds())) {
            try (Stream<Path> rounds = Files.list(folder.rounds())) {
                for (Path round : rounds.filter(
                                path -> path.getFileName().toString().matches("[0-9]{1,9}"))
                        .toList()) {
                    unrecorded(round, Integer.parseInt(round.getFileName().toString()));
                }
            }
        }
        for (Path place : List.of(folder.rounds(), folder.pluginState())) {
            halfWritten(place, Integer.MAX_VALUE);
        }
        halfWritten(folder.rounds().getParent(), 1);
    }

    private void unrecorded(Path round, int number) throws IOException {
        if (number == 0 ? begun : number <= lastFolded) {
            return;
        }
        try (Stream<Path> files = Files.walk(round)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!kept.contains(file)) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void halfWritten(Path place, int depth) throws IOException {
        if (!Files.isDirectory(place)) {
            return;
        }
        try (Stream<Path> entries = Files.walk(place, depth)) {
            for (Path entry : entries.toList()) {
                String name = entry.getFileName().toString();
                if (name.startsWith(".") && name.endsWith(".partial")) {
                    delete(entry);
                }
            }
        }
    }

    /** Removes a file, or a folder with all that is in it. */
    static void delete(Path place) throws IOException {
        if (!Files.exists(place)) {
            return;
        }
        try (Stream<Path> entries = Files.walk(place)) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(entry);
            }
        }
    }
}
