package io.weft.api.training;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a site gives a trainer.
 *
 * @param job the job file as this site runs it: checked, with defaults and this site's overrides filled in
 * @param base the folder, or the file, of the base on this site; empty when the job needs none
 * @param datasets the files of {@code train} and {@code validate} on this site; a key is absent when the site has none
 * @param parallel how many trainings share this machine at a time, 1 or more
 * @param workplace where a program of the job's own works; empty where none may
 * @param baseName what results call the base; empty for the path of its folder
 */
public record TrainingSetup(
        Map<String, Object> job,
        Optional<Path> base,
        SortedMap<String, List<Path>> datasets,
        int parallel,
        Optional<Workplace> workplace,
        Optional<String> baseName) {

    /** What a site gives a trainer, where results call the base by the path of its folder. */
    public TrainingSetup(
            Map<String, Object> job,
            Optional<Path> base,
            SortedMap<String, List<Path>> datasets,
            int parallel,
            Optional<Workplace> workplace) {
        this(job, base, datasets, parallel, workplace, Optional.empty());
    }

    /**
     * Where a program of the job's own works.
     *
     * @param folder the program's working folder, of this job and site alone; made by who needs it, and left when the job is over
     * @param scratch for models under way; removed when the job is over
     * @param files where the files lie that travelled with the job, by their paths beside the job file; empty when there are none
     * @param data the folder of this site's own data; empty when it has none
     */
    public record Workplace(Path folder, Path scratch, Optional<Path> files, Optional<Path> data) {}

    /** The key of {@link #datasets} for training records. */
    public static final String TRAIN = "train";

    /** The key of {@link #datasets} for validation records. */
    public static final String VALIDATE = "validate";

    /** What a site gives a trainer that runs no program of the job's own. */
    public TrainingSetup(
            Map<String, Object> job, Optional<Path> base, SortedMap<String, List<Path>> datasets, int parallel) {
        this(job, base, datasets, parallel, Optional.empty());
    }

    public TrainingSetup {
        job = Map.copyOf(job);
        datasets = Collections.unmodifiableSortedMap(new TreeMap<>(datasets));
    }
}
