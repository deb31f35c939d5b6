package io.weft.shell.internal;

import io.weft.api.training.Outcome;
import io.weft.server.JobEvent.RoundFinished;
import io.weft.server.JobEvent.Validated;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/** The losses of a round or of a validation, by site and over all sites. */
record Losses(SortedMap<String, Double> bySite, OptionalDouble overall) {

    /** Training losses; the overall one is weighted as the updates were. */
    static Losses of(RoundFinished end) {
        var bySite = new TreeMap<String, Double>();
        double sum = 0;
        double weights = 0;
        double plain = 0;
        for (var outcome : end.outcomes().entrySet()) {
            Double loss = outcome.getValue().metrics().get(Outcome.TRAIN_LOSS);
            if (loss != null) {
                double weight = end.weights().getOrDefault(outcome.getKey(), 0.0);
                bySite.put(outcome.getKey(), loss);
                sum += weight * loss;
                weights += weight;
                plain += loss;
            }
        }
        if (bySite.isEmpty()) {
            return new Losses(bySite, OptionalDouble.empty());
        }
        return new Losses(bySite, OptionalDouble.of(weights > 0 ? sum / weights : plain / bySite.size()));
    }

    /** Validation losses; the overall one is weighted by tokens. */
    static Losses of(Validated validation) {
        var bySite = new TreeMap<String, Double>();
        validation.sites().forEach((site, metrics) -> {
            Double loss = metrics.get(Outcome.VALIDATION_LOSS);
            if (loss != null) {
                bySite.put(site, loss);
            }
        });
        Double overall = validation.global().get(Outcome.VALIDATION_LOSS);
        return new Losses(bySite, overall == null ? OptionalDouble.empty() : OptionalDouble.of(overall));
    }
}
