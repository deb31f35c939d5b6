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
 * @param base the folder of the frozen base on this site; empty when the job needs none
 * @param datasets the files of {@code train} and {@code validate} on this site; a key is absent when the site has none
 * @param parallel how many trainings share this process at a time, 1 or more
 */
public record TrainingSetup(
        Map<String, Object> job, Optional<Path> base, SortedMap<String, List<Path>> datasets, int parallel) {

    /** The key of {@link #datasets} for training records. */
    public static final String TRAIN = "train";

    /** The key of {@link #datasets} for validation records. */
    public static final String VALIDATE = "validate";

    public TrainingSetup {
        job = Map.copyOf(job);
        datasets = Collections.unmodifiableSortedMap(new TreeMap<>(datasets));
    }
}
