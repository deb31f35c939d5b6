package io.weft.job;

/** What an update's weight in the mean counts. */
public enum WeightBy {
    STEPS,
    SAMPLES,
    TOKENS,
    EQUAL
}
