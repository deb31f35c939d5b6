package io.weft.lm.internal.text;

/**
 * The tokens of one text, special tokens of the tokenizer's post-processor included.
 *
 * <p>A token's end is the index of the Unicode code point after the last one it stands for, in the text as it was given; it is
 * {@link #SPECIAL} for a token that the post-processor added. The arrays are shared, not copied: treat them as read-only.
 */
final class Encoded {

    /** The end of a token that stands for no part of the text. */
    static final int SPECIAL = -1;

    private final int[] ids;
    private final int[] ends;

    Encoded(int[] ids, int[] ends) {
        this.ids = ids;
        this.ends = ends;
    }

    int length() {
        return ids.length;
    }

    int id(int token) {
        return ids[token];
    }

    int end(int token) {
        return ends[token];
    }

    /** How many tokens the post-processor put in front of the text. */
    int leadingSpecials() {
        int count = 0;
        while (count < ends.length && ends[count] == SPECIAL) {
            count++;
        }
        return count;
    }

    int[] ids() {
        return ids;
    }
}
