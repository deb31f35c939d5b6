package io.weft.lm;

import java.util.List;

/**
 * How well a model predicts the labelled tokens of a set of records.
 *
 * @param loss the mean negative log-likelihood of a labelled token, in nats
 * @param perplexity e to the power of {@code loss}
 * @param tokenAccuracy the share of labelled tokens that the model ranks first
 * @param tokens labelled tokens
 * @param samples records
 * @param notes what a person should know about the records: those that were cut, or could not be read
 */
public record Evaluation(
        double loss, double perplexity, double tokenAccuracy, long tokens, long samples, List<String> notes) {

    public Evaluation {
        notes = List.copyOf(notes);
    }
}
