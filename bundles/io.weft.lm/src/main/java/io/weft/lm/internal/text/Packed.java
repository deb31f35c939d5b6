package io.weft.lm.internal.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Sequences end to end, without padding: what is computed at once.
 *
 * <p>{@code ids} and {@code labels} have one entry a token, {@code lengths} one a sequence, in the same order. The arrays are shared,
 * not copied: treat them as read-only.
 */
public final class Packed {

    private final long[] ids;
    private final long[] labels;
    private final long[] lengths;
    private final int labelled;

    private Packed(List<Example> sequences, int tokens) {
        this.ids = new long[tokens];
        this.labels = new long[tokens];
        this.lengths = new long[sequences.size()];
        int position = 0;
        int toPredict = 0;
        for (int sequence = 0; sequence < sequences.size(); sequence++) {
            Example example = sequences.get(sequence);
            for (int token = 0; token < example.length(); token++, position++) {
                ids[position] = example.ids()[token];
                labels[position] = example.labels()[token];
            }
            lengths[sequence] = example.length();
            toPredict += example.labelled();
        }
        this.labelled = toPredict;
    }

    /**
     * Packs the records of one step, longest first, each pack up to a number of tokens. Which records a step takes stays as it is; a
     * record that is longer than the budget is a pack of its own.
     */
    public static List<Packed> pack(List<Example> step, int maxTokens) {
        List<Bin> bins = new ArrayList<>();
        step.stream()
                .sorted(Comparator.comparingInt(Example::length).reversed())
                .forEach(example -> bins.stream()
                        .filter(bin -> bin.tokens + example.length() <= maxTokens)
                        .findFirst()
                        .orElseGet(() -> opened(bins))
                        .add(example));
        return bins.stream().map(bin -> new Packed(bin.sequences, bin.tokens)).toList();
    }

    private static Bin opened(List<Bin> bins) {
        Bin bin = new Bin();
        bins.add(bin);
        return bin;
    }

    public long[] ids() {
        return ids;
    }

    public long[] labels() {
        return labels;
    }

    public long[] lengths() {
        return lengths;
    }

    /** The number of tokens to predict; the loss of a step is the mean over those of all its packs. */
    public int labelled() {
        return labelled;
    }

    /** The number of tokens. */
    public int tokens() {
        return ids.length;
    }

    private static final class Bin {

        private final List<Example> sequences = new ArrayList<>();
        private int tokens;

        void add(Example example) {
            sequences.add(example);
            tokens += example.length();
        }
    }
}
