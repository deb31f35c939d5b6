package io.weft.api.workflow;

import io.weft.api.training.Outcome;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A step that is finished. Of the sites that it asked, each is in one of the three.
 *
 * @param outcomes by site; empty for steps that no site takes part in
 * @param failed the sites that did not do it, with the reason
 * @param late the sites that were not waited for; whatever they return is not used
 */
public record Done(
        Step step, SortedMap<String, Outcome> outcomes, SortedMap<String, String> failed, SortedSet<String> late) {

    public Done {
        outcomes = Collections.unmodifiableSortedMap(new TreeMap<>(outcomes));
        failed = Collections.unmodifiableSortedMap(new TreeMap<>(failed));
        late = Collections.unmodifiableSortedSet(new TreeSet<>(late));
    }

    /** A step that every asked site has done. */
    public Done(Step step, SortedMap<String, Outcome> outcomes) {
        this(step, outcomes, Collections.emptySortedMap(), Collections.emptySortedSet());
    }
}
