package io.weft.lm.internal.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Sequences end to end: what is computed at once.
 *
 * <p>{@code ids} and {@code labels} have one entry a row, {@code lengths} one a sequence, in the same order. Every row is a token, but
 * for the few at the end that make their number one of a few: the first product with a number of rows costs as much as hundreds of
 * later ones. Those rows are sequences of their own without a label, so they change no loss and no gradient. The arrays are
 * shared, not copied: treat them as read-only.
 */
public final class Packed {

    private static final int FINEST = 16;

    private final long[] ids;
    private final long[] labels;
    private final long[] lengths;
    private final int tokens;
    private final int labelled;

    private Packed(List<Example> sequences, int tokens) {
        int rows = rows(tokens);
        int longest = sequences.stream().mapToInt(Example::length).max().orElseThrow();
        int filling = (rows - tokens + longest - 1) / longest;
        this.tokens = tokens;
        this.ids = new long[rows];
        this.labels = new long[rows];
        this.lengths = new long[sequences.size() + filling];
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
        Arrays.fill(labels, tokens, rows, Example.UNLABELLED);
        for (int sequence = sequences.size(); sequence < lengths.length; sequence++) {
            // None is longer than a token's sequence, for which the model has positions.
            lengths[sequence] = Math.min(longest, rows - position);
            position += (int) lengths[sequence];
        }
    }

    /** The next of the numbers of rows that are computed: 16 apart at first, then at most a thirty-second of themselves. */
    private static int rows(int tokens) {
        int step = Math.max(FINEST, Integer.highestOneBit(tokens) / 32);
        return (tokens + step - 1) / step * step;
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

    /** One sequence of which nothing is to be predicted. */
    public static Packed unlabelled(long[] ids) {
        int[] labels = new int[ids.length];
        Arrays.fill(labels, Example.UNLABELLED);
        int[] tokens = Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
        return new Packed(List.of(new Example(tokens, labels)), ids.length);
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
        return tokens;
    }

    /** The number of rows that are computed. */
    public int rows() {
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
