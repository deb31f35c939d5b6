package io.weft.api.training;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a task did, without its tensors.
 *
 * @param steps optimizer steps taken
 * @param samples records seen
 * @param tokens labelled tokens seen
 * @param metrics by name; a trainer of language models gives {@code train_loss}, {@code tokens_per_second}, {@code
 *     train_seconds}, and where there is validation data {@code validation_loss}, {@code validation_token_accuracy} and {@code
 *     validation_tokens}
 */
public record Outcome(long steps, long samples, long tokens, SortedMap<String, Double> metrics) {

    public static final String TRAIN_LOSS = "train_loss";
    public static final String TRAIN_SECONDS = "train_seconds";
    public static final String TOKENS_PER_SECOND = "tokens_per_second";
    public static final String VALIDATION_LOSS = "validation_loss";
    public static final String VALIDATION_TOKEN_ACCURACY = "validation_token_accuracy";
    public static final String VALIDATION_TOKENS = "validation_tokens";
    public static final String VALIDATION_SECONDS = "validation_seconds";

    public Outcome {
        metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
    }
}
