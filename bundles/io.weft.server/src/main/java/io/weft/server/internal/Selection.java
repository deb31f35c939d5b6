package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.training.Outcome;
import io.weft.job.SelectSettings;
import io.weft.server.JobSummary;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;

/** Chooses the round whose model is the result. Round 0 is not among them; of equal ones the earlier is chosen. */
final class Selection {

    private static final String OF_THE_RECEIVED_MODEL = "validation";

    private final Optional<SelectSettings> settings;
    private Optional<JobSummary.Best> best = Optional.empty();

    Selection(Optional<SelectSettings> settings) {
        this.settings = settings;
    }

    /** Whether the last round's model must be validated before a choice can be made. */
    boolean needsValidation() {
        return settings.filter(select -> select.metric().startsWith(OF_THE_RECEIVED_MODEL))
                .isPresent();
    }

    /** Takes the validation of a round's model into account. */
    void validated(int round, SortedMap<String, Outcome> outcomes) {
        if (needsValidation()) {
            consider(round, outcomes, Weights.ofValidation(outcomes));
        }
    }

    /** Takes the training of a round into account. */
    void trained(int round, SortedMap<String, Outcome> outcomes, Map<String, Double> weights) {
        if (!needsValidation()) {
            consider(round, outcomes, weights);
        }
    }

    private void consider(int round, SortedMap<String, Outcome> outcomes, Map<String, Double> weights) {
        if (settings.isEmpty() || round == 0) {
            return;
        }
        SelectSettings select = settings.get();
        OptionalDouble value = Weights.mean(select.metric(), outcomes, weights);
        if (value.isPresent()
                && !Double.isNaN(value.getAsDouble())
                && best.filter(known -> !select.mode().better(value.getAsDouble(), known.value()))
                        .isEmpty()) {
            best = Optional.of(new JobSummary.Best(round, select.metric(), value.getAsDouble()));
        }
    }

    /** The chosen round; empty for a job that does not select. */
    Optional<JobSummary.Best> best() {
        if (settings.isPresent() && best.isEmpty()) {
            throw new Refusal("no site reported the metric '" + settings.get().metric()
                    + "' that the job selects by; select by one that the trainer reports, or leave select out");
        }
        return best;
    }

    /** The best so far, for a job that may not have come far. */
    Optional<JobSummary.Best> known() {
        return best;
    }
}
