package io.weft.api.workflow;

import io.weft.api.training.Outcome;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A step that is finished.
 *
 * @param outcomes by site; empty for steps that no site takes part in
 */
public record Done(Step step, SortedMap<String, Outcome> outcomes) {

    public Done {
        outcomes = Collections.unmodifiableSortedMap(new TreeMap<>(outcomes));
    }
}
