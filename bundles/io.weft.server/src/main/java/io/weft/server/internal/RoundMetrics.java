package io.weft.server.internal;

import io.weft.api.training.Outcome;
import io.weft.api.workflow.Done;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** The text of a round's {@code metrics.json}. */
final class RoundMetrics {

    private RoundMetrics() {}

    /**
     * @param outcomes of the sites that were folded
     * @param trained what came of the round's training
     */
    static Map<String, Object> describe(
            int round,
            SortedMap<String, Outcome> outcomes,
            SortedMap<String, Double> weights,
            Optional<Done> trained,
            LogEntry.Folded folded) {
        Map<String, Object> sites = new LinkedHashMap<>();
        outcomes.forEach((site, outcome) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("weight", weights.get(site));
            one.putAll(Steps.describe(outcome));
            sites.put(site, one);
        });
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("round", round);
        metrics.put("sites", sites);
        trained.ifPresent(done -> {
            if (!done.failed().isEmpty()) {
                metrics.put("failed", done.failed());
            }
            if (!done.late().isEmpty()) {
                metrics.put("late", done.late());
            }
        });
        if (!folded.modules().isEmpty()) {
            metrics.put("modules", folded.modules());
        }
        metrics.put("aggregateSeconds", folded.aggregateSeconds());
        metrics.put("seconds", folded.seconds());
        return metrics;
    }
}
