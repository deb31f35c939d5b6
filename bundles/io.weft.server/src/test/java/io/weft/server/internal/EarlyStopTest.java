package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.workflow.Done;
import io.weft.api.workflow.ModelRef;
import io.weft.api.workflow.Quorum;
import io.weft.api.workflow.Step;
import io.weft.job.SelectSettings.Mode;
import io.weft.job.StopSettings;
import io.weft.job.WeightBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class EarlyStopTest {

    private static final String LOSS = Outcome.VALIDATION_LOSS;

    private final List<Done> history = new ArrayList<>();

    /** Round after round; the loss of round 1 is that of the first model. */
    private void rounds(String metric, double... values) {
        for (double value : values) {
            round(Map.of("a", new Outcome(1, 1, 1, new TreeMap<>(Map.of(metric, value)))));
        }
    }

    private void round(Map<String, Outcome> outcomes) {
        int round = history.size() / 2 + 1;
        TreeMap<String, ModelRef> models = new TreeMap<>();
        outcomes.keySet().forEach(site -> models.put(site, ModelRef.global(round - 1)));
        Quorum quorum = new Quorum(1, Optional.empty());
        history.add(new Done(new Step.Ask(round, Task.TRAIN, models, quorum), new TreeMap<>(outcomes)));
        history.add(new Done(new Step.Fold(round, List.of()), new TreeMap<>()));
    }

    private Optional<String> reason(StopSettings settings) {
        return new EarlyStop(settings, WeightBy.STEPS).reason(history);
    }

    private static StopSettings validation(int patience, double minDelta) {
        return new StopSettings(LOSS, Mode.MIN, patience, minDelta);
    }

    @Test
    void goesOnWhileItBecomesBetter() {
        assertEquals(Optional.empty(), reason(validation(1, 0)));
        rounds(LOSS, 4, 3, 2, 1);
        assertEquals(Optional.empty(), reason(validation(1, 0)));
    }

    @Test
    void endsWhenItHasBecomeNoBetterForSoManyRounds() {
        rounds(LOSS, 4, 3, 3.5);
        assertEquals(Optional.empty(), reason(validation(2, 0)));
        rounds(LOSS, 3);
        assertEquals(
                Optional.of(
                        "validation_loss has not become better than the 3.0000 of round 1 in the 2 rounds after it"),
                reason(validation(2, 0)));
    }

    @Test
    void startsToCountAnewWhenItBecomesBetter() {
        rounds(LOSS, 4, 3, 3.5, 2.5, 2.75);
        assertEquals(Optional.empty(), reason(validation(2, 0)));
    }

    @Test
    void countsAStepThatIsTooSmallAsNone() {
        rounds(LOSS, 4, 3, 2.75, 2.5);
        assertEquals(
                Optional.of("validation_loss has not become better by more than 0.5 than the 3.0000 of round 1 in the"
                        + " 2 rounds after it"),
                reason(validation(2, 0.5)));
    }

    @Test
    void endsWhenNoRoundIsBetterThanTheFirstModel() {
        rounds(LOSS, 4, 5);
        assertEquals(
                Optional.of(
                        "validation_loss has not become better than the 4.0000 of the first model in the 1 round after"
                                + " it"),
                reason(validation(1, 0)));
    }

    @Test
    void knowsWhatARoundsTrainingGaveInThatRound() {
        rounds("train_reward", 1, 2, 2);
        assertEquals(
                Optional.of("train_reward has not become better than the 2.0000 of round 2 in the 1 round after it"),
                reason(new StopSettings("train_reward", Mode.MAX, 1, 0)));
    }

    @Test
    void weighsValidationByItsTokens() {
        round(Map.of("a", validated(2, 10), "b", validated(6, 30)));
        round(Map.of("a", validated(0, 10), "b", validated(7, 30)));
        assertEquals(
                Optional.of("validation_loss has not become better than the 5.0000 of the first model in the 1 round"
                        + " after it"),
                reason(validation(1, 0)));
    }

    @Test
    void passesOverRoundsInWhichNobodyMeasured() {
        rounds(LOSS, 4, 3);
        rounds("another", 9);
        rounds(LOSS, Double.NaN);
        assertEquals(Optional.empty(), reason(validation(1, 0)));
    }

    private static Outcome validated(double loss, double tokens) {
        return new Outcome(
                0, 0, 0, new TreeMap<>(Map.of(Outcome.VALIDATION_LOSS, loss, Outcome.VALIDATION_TOKENS, tokens)));
    }
}
