package io.weft.server.internal;

import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.workflow.Done;
import io.weft.api.workflow.ModelRef;
import io.weft.api.workflow.Step;
import io.weft.job.SelectSettings;
import io.weft.job.StopSettings;
import io.weft.job.WeightBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;

/**
 * Finds, in a job's history alone, that further rounds are not worth while. A validation metric is that of the model that a round
 * began with, because that is what its sites measure; so what a round achieved is known when the next one has trained.
 */
final class EarlyStop {

    private static final String OF_THE_RECEIVED_MODEL = "validation";

    /** A metric of the model that a round left; round 0 left the first one. */
    private record Value(int round, double value) {}

    private final StopSettings settings;
    private final WeightBy weightBy;

    EarlyStop(StopSettings settings, WeightBy weightBy) {
        this.settings = settings;
        this.weightBy = weightBy;
    }

    /** Why the job is to end now, in words; empty while it is to go on. */
    Optional<String> reason(List<Done> history) {
        List<Value> values = values(history);
        if (values.isEmpty()) {
            return Optional.empty();
        }
        Value best = values.get(0);
        int since = 0;
        for (Value value : values.subList(1, values.size())) {
            if (better(value.value(), best.value())) {
                best = value;
                since = 0;
            } else {
                since++;
            }
        }
        return since < settings.patience() ? Optional.empty() : Optional.of(sentence(best, since));
    }

    private boolean better(double value, double best) {
        return settings.mode() == SelectSettings.Mode.MIN
                ? value < best - settings.minDelta()
                : value > best + settings.minDelta();
    }

    private String sentence(Value best, int since) {
        String by = settings.minDelta() > 0 ? " by more than " + settings.minDelta() : "";
        String model = best.round() == 0 ? "of the first model" : "of round " + best.round();
        return settings.metric() + " has not become better" + by + " than the "
                + String.format(Locale.ROOT, "%.4f", best.value()) + " " + model + " in the " + since
                + (since == 1 ? " round" : " rounds") + " after it";
    }

    private List<Value> values(List<Done> history) {
        List<Value> values = new ArrayList<>();
        for (Done done : history) {
            if (done.step() instanceof Step.Ask ask && ask.task().equals(Task.TRAIN)) {
                OptionalDouble value = value(done.outcomes());
                if (value.isPresent() && !Double.isNaN(value.getAsDouble())) {
                    values.add(new Value(round(ask), value.getAsDouble()));
                }
            }
        }
        return values;
    }

    private OptionalDouble value(SortedMap<String, Outcome> outcomes) {
        return Weights.mean(
                settings.metric(),
                outcomes,
                isOfTheReceivedModel() ? Weights.ofValidation(outcomes) : Weights.of(outcomes, weightBy));
    }

    private int round(Step.Ask ask) {
        Optional<ModelRef> received = ask.models().values().stream().findFirst();
        return isOfTheReceivedModel() && received.isPresent() ? Models.round(received.get()) : ask.round();
    }

    private boolean isOfTheReceivedModel() {
        return settings.metric().startsWith(OF_THE_RECEIVED_MODEL);
    }
}
