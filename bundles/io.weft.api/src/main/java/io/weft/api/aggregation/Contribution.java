package io.weft.api.aggregation;

import io.weft.api.tensor.TensorReader;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one site gave to a round.
 *
 * @param weight 0 or more; the runtime made it as the job file says
 * @param model the site's full model, also when a difference crossed the wire
 */
public record Contribution(String site, double weight, SortedMap<String, Double> metrics, TensorReader model) {

    public Contribution {
        metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
    }
}
