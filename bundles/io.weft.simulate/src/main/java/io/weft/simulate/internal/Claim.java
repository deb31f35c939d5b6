package io.weft.simulate.internal;

import io.weft.api.plugin.Refusal;
import io.weft.server.JobLock;
import io.weft.server.JobState;
import io.weft.server.StoredJob;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A run's folders, held by this process until it is closed; what nobody will need again is removed then. */
final class Claim implements AutoCloseable {

    private final Place place;
    private final JobLock lock;
    private final boolean made;
    private boolean finished;

    private Claim(Place place, JobLock lock, boolean made) {
        this.place = place;
        this.lock = lock;
        this.made = made;
    }

    /**
     * Claims the folder of a run that is to begin.
     *
     * @throws Refusal when it holds anything, cannot be made, or another process has it
     */
    static Claim ofNew(Place place) throws IOException {
        try {
            refuseUnlessEmpty(place.folder());
            boolean made = !Files.exists(place.folder());
            makeFolder(place.folder());
            JobLock lock = JobLock.take(place.folder());
            Claim claim = new Claim(place, lock, made);
            try {
                // Once more, because another process may have had it a moment ago.
                refuseUnlessEmpty(place.folder());
                for (Path partial : leftByKilled(place.folder())) {
                    Files.delete(partial);
                }
                return claim;
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            new Work(place.work()).close();
            throw e;
        }
    }

    /**
     * Claims the folder of a run that has begun.
     *
     * @throws Refusal when another process has it
     */
    static Claim ofBegun(Place place) throws IOException {
        return new Claim(place, JobLock.take(place.folder()), false);
    }

    private static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new Refusal(
                    "the run's folder " + folder + " cannot be made (" + FileProblem.words(e)
                            + "); name one in a folder that can be written",
                    e);
        }
    }

    private static void refuseUnlessEmpty(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw new Refusal(folder + " is a file; --out names a folder that is empty or does not exist yet");
        }
        if (StoredJob.isIn(folder)) {
            boolean finished = StoredJob.glimpse(folder).stream().anyMatch(JobState.FINISHED::equals);
            throw new Refusal(folder + " is not empty: it has a run, which "
                    + (finished ? "is finished" : "'weft simulate --resume " + folder + "' goes on with")
                    + "; --out names a folder that is empty or does not exist yet");
        }
        try (Stream<Path> entries = Files.list(folder)) {
            if (entries.anyMatch(entry -> !isOurs(entry))) {
                throw new Refusal(folder + " is not empty; --out names a folder that is empty or does not exist yet");
            }
        }
    }

    /** What a process leaves that is killed before its run has begun. */
    private static boolean isOurs(Path entry) {
        String name = entry.getFileName().toString();
        return name.equals(JobLock.FILE) || (name.startsWith(".") && name.endsWith(".partial"));
    }

    private static List<Path> leftByKilled(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> !entry.endsWith(JobLock.FILE)).toList();
        }
    }

    /** Nothing will be asked of this run any more. */
    void finished() {
        finished = true;
    }

    @Override
    public void close() throws IOException {
        boolean begun = StoredJob.isIn(place.folder());
        if (begun && !finished) {
            lock.close();
            return;
        }
        try {
            lock.release();
            if (!begun && made) {
                Files.deleteIfExists(place.folder());
            }
        } finally {
            new Work(place.work()).close();
        }
    }
}
