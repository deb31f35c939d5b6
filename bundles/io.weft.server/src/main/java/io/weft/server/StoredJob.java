package io.weft.server;

import io.weft.api.plugin.Refusal;
import io.weft.server.internal.JobRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A job as its folder has it, whoever runs it now.
 *
 * @param text the job file as it was when the job began
 * @param sites by name
 * @param origin what {@link JobRequest#origin()} was when the job began
 * @param state the last that was recorded; a killed process leaves {@code RUNNING} or {@code WAITING}
 * @param summary what the job came to, when it ended
 */
public record StoredJob(
        String id,
        Path folder,
        String text,
        List<String> sites,
        SortedMap<String, String> origin,
        JobState state,
        Optional<JobSummary> summary) {

    public StoredJob {
        sites = List.copyOf(sites);
        origin = Collections.unmodifiableSortedMap(new TreeMap<>(origin));
    }

    /** Whether a job has begun in this folder. */
    public static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve("events.jsonl"));
    }

    /**
     * Reads what a folder has.
     *
     * @throws Refusal when there is no job in it, or somebody changed what is on record
     */
    public static StoredJob read(Path folder) throws IOException {
        return JobRecord.read(folder);
    }

    /** The state that {@code state.json} shows, for a listing; empty where there is none. */
    public static Optional<JobState> glimpse(Path folder) {
        return JobRecord.glimpse(folder);
    }
}
