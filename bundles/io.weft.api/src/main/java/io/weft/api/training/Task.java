package io.weft.api.training;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one site is asked to do in a round.
 *
 * @param round counted from 1
 * @param rounds of the whole job
 * @param kind {@code submit-model}, {@code train} or {@code validate}
 * @param properties what a workflow tells a trainer beyond that
 */
public record Task(int round, int rounds, String kind, SortedMap<String, String> properties) {

    public static final String SUBMIT_MODEL = "submit-model";
    public static final String TRAIN = "train";
    public static final String VALIDATE = "validate";

    public Task {
        properties = Collections.unmodifiableSortedMap(new TreeMap<>(properties));
    }

    public static Task of(int round, int rounds, String kind) {
        return new Task(round, rounds, kind, Collections.emptySortedMap());
    }
}
