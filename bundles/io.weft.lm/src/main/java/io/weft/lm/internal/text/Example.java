package io.weft.lm.internal.text;

/**
 * One record as a model sees it: tokens, and for each the token to predict after it.
 *
 * <p>{@code labels[t]} is the id that follows {@code ids[t]}, or {@link #UNLABELLED}. The last token of a record predicts nothing
 * and is left out, so both arrays have the same length of 1 or more. They are shared, not copied: treat them as read-only.
 */
public final class Example {

    /** The label of a token after which nothing is to be predicted. */
    public static final int UNLABELLED = -100;

    private final int[] ids;
    private final int[] labels;
    private final int labelled;

    public Example(int[] ids, int[] labels) {
        if (ids.length == 0 || ids.length != labels.length) {
            throw new IllegalArgumentException(ids.length + " ids, " + labels.length + " labels");
        }
        this.ids = ids;
        this.labels = labels;
        int count = 0;
        for (int label : labels) {
            if (label != UNLABELLED) {
                count++;
            }
        }
        this.labelled = count;
    }

    public int[] ids() {
        return ids;
    }

    public int[] labels() {
        return labels;
    }

    public int length() {
        return ids.length;
    }

    /** The number of tokens to predict. */
    public int labelled() {
        return labelled;
    }
}
