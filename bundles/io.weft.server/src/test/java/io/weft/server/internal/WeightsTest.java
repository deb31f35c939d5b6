package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.api.training.Outcome;
import io.weft.job.WeightBy;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class WeightsTest {

    private static final SortedMap<String, Outcome> OUTCOMES = new TreeMap<>(Map.of(
            "a", new Outcome(1, 10, 100, new TreeMap<>(Map.of("validation_loss", 2.0, "validation_tokens", 30.0))),
            "b", new Outcome(3, 20, 700, new TreeMap<>(Map.of("validation_loss", 4.0, "validation_tokens", 10.0))),
            "c", new Outcome(0, 5, 50, new TreeMap<>())));

    @Test
    void countWhatTheJobSays() {
        assertEquals(Map.of("a", 1.0, "b", 3.0, "c", 0.0), Weights.of(OUTCOMES, WeightBy.STEPS));
        assertEquals(Map.of("a", 10.0, "b", 20.0, "c", 5.0), Weights.of(OUTCOMES, WeightBy.SAMPLES));
        assertEquals(Map.of("a", 100.0, "b", 700.0, "c", 50.0), Weights.of(OUTCOMES, WeightBy.TOKENS));
        assertEquals(Map.of("a", 1.0, "b", 1.0, "c", 1.0), Weights.of(OUTCOMES, WeightBy.EQUAL));
    }

    @Test
    void areEqualWhenAllAreZero() {
        Outcome idle = new Outcome(0, 10, 0, new TreeMap<>());
        assertEquals(
                Map.of("a", 1.0, "b", 1.0), Weights.of(new TreeMap<>(Map.of("a", idle, "b", idle)), WeightBy.STEPS));
    }

    @Test
    void meanOverSitesThatReportWeighedByTokens() {
        assertEquals(OptionalDouble.of(2.5), Weights.mean("validation_loss", OUTCOMES, Weights.ofValidation(OUTCOMES)));
        assertEquals(OptionalDouble.empty(), Weights.mean("other", OUTCOMES, Weights.ofValidation(OUTCOMES)));
    }
}
