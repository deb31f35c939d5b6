package io.weft.server.internal;

import io.weft.api.training.Outcome;
import io.weft.job.WeightBy;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/** How much each site's update counts. */
final class Weights {

    private Weights() {}

    /** By steps, samples or tokens, or equally; equally too when all of them are 0. */
    static SortedMap<String, Double> of(Map<String, Outcome> outcomes, WeightBy by) {
        SortedMap<String, Double> weights = new TreeMap<>();
        outcomes.forEach((site, outcome) -> weights.put(site, (double) count(outcome, by)));
        if (weights.values().stream().allMatch(weight -> weight == 0)) {
            weights.replaceAll((site, weight) -> 1.0);
        }
        return weights;
    }

    private static long count(Outcome outcome, WeightBy by) {
        return switch (by) {
            case STEPS -> outcome.steps();
            case SAMPLES -> outcome.samples();
            case TOKENS -> outcome.tokens();
            case EQUAL -> 1;
        };
    }

    /** A metric over all sites that report it; empty when none does. Sums run in site-name order. */
    static OptionalDouble mean(String metric, SortedMap<String, Outcome> outcomes, Map<String, Double> weights) {
        double sum = 0;
        double total = 0;
        for (Map.Entry<String, Outcome> entry : outcomes.entrySet()) {
            Double value = entry.getValue().metrics().get(metric);
            if (value != null) {
                double weight = weights.getOrDefault(entry.getKey(), 0.0);
                sum += weight * value;
                total += weight;
            }
        }
        return total == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / total);
    }

    /** Validation counts by its tokens, or equally where no trainer counts tokens. */
    static SortedMap<String, Double> ofValidation(Map<String, Outcome> outcomes) {
        SortedMap<String, Double> weights = new TreeMap<>();
        outcomes.forEach(
                (site, outcome) -> weights.put(site, outcome.metrics().getOrDefault(Outcome.VALIDATION_TOKENS, 0.0)));
        if (weights.values().stream().allMatch(weight -> weight == 0)) {
            weights.replaceAll((site, weight) -> 1.0);
        }
        return weights;
    }
}
