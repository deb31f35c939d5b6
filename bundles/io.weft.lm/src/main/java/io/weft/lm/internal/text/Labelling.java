package io.weft.lm.internal.text;

import java.util.Arrays;

/**
 * Turns a record into tokens and labels within a length.
 *
 * <p>A text ends with the end of sequence and every token but the first is a label. A prompt and its completion are joined and
 * encoded once; labels are the tokens that end inside the completion, and the end of sequence. A token that begins in the prompt and
 * ends in the completion is part of the answer: after {@code sentiment: } the answer {@code the} is the one token {@code Ġthe}.
 *
 * <p>What is too long: a text keeps its start and gets no end of sequence; a pair loses the start of its prompt; an answer that
 * does not fit alone keeps its start.
 */
final class Labelling {

    private final Tokenizer tokenizer;
    private final int maxLength;

    Labelling(Tokenizer tokenizer, int maxLength) {
        if (maxLength < 2) {
            throw new IllegalArgumentException("a length of " + maxLength + " leaves nothing to predict");
        }
        this.tokenizer = tokenizer;
        this.maxLength = maxLength;
    }

    /** What had to go for the length. */
    enum Shortening {
        NONE,
        TEXT,
        PROMPT,
        ANSWER
    }

    record Labelled(Example example, Shortening shortening) {}

    Labelled passage(String text) throws MalformedLine {
        int[] tokens = withEndOfSequence(tokenizer.encode(text));
        boolean[] learned = new boolean[tokens.length];
        Arrays.fill(learned, true);
        if (tokens.length <= maxLength) {
            return labelled(tokens, learned, Shortening.NONE);
        }
        return labelled(Arrays.copyOf(tokens, maxLength), learned, Shortening.TEXT);
    }

    Labelled pair(String prompt, String completion) throws MalformedLine {
        Encoded encoded = tokenizer.encodeWithSpans(prompt + completion);
        int[] tokens = withEndOfSequence(encoded.ids());
        boolean[] learned = answer(encoded, tokens, prompt.codePointCount(0, prompt.length()));
        int excess = tokens.length - maxLength;
        if (excess <= 0) {
            return labelled(tokens, learned, Shortening.NONE);
        }
        int answerStart = firstTrue(learned);
        int specials = Math.min(encoded.leadingSpecials(), answerStart);
        int dropped = Math.min(excess, answerStart - specials);
        int length = Math.min(tokens.length - dropped, maxLength);
        int[] keptTokens = new int[length];
        boolean[] keptLearned = new boolean[length];
        System.arraycopy(tokens, 0, keptTokens, 0, specials);
        System.arraycopy(tokens, specials + dropped, keptTokens, specials, length - specials);
        System.arraycopy(learned, specials + dropped, keptLearned, specials, length - specials);
        return labelled(keptTokens, keptLearned, dropped == excess ? Shortening.PROMPT : Shortening.ANSWER);
    }

    /** Which tokens end inside the completion or are the end of sequence that closes it. */
    private boolean[] answer(Encoded encoded, int[] tokens, int promptEnd) {
        boolean[] learned = new boolean[tokens.length];
        for (int token = 0; token < encoded.length(); token++) {
            learned[token] = encoded.end(token) > promptEnd;
        }
        if (tokens.length > 0 && isEndOfSequence(tokens[tokens.length - 1])) {
            learned[tokens.length - 1] = true;
        }
        return learned;
    }

    private static int firstTrue(boolean[] values) {
        int index = 0;
        while (index < values.length && !values[index]) {
            index++;
        }
        return index;
    }

    private int[] withEndOfSequence(int[] tokens) {
        if (tokenizer.endOfSequence().isEmpty() || (tokens.length > 0 && isEndOfSequence(tokens[tokens.length - 1]))) {
            return tokens;
        }
        int[] ended = Arrays.copyOf(tokens, tokens.length + 1);
        ended[tokens.length] = tokenizer.endOfSequence().getAsInt();
        return ended;
    }

    private boolean isEndOfSequence(int token) {
        return tokenizer.endOfSequence().isPresent()
                && tokenizer.endOfSequence().getAsInt() == token;
    }

    /**
     * @param learned which of the tokens are to be predicted; nothing predicts the first
     */
    private static Labelled labelled(int[] tokens, boolean[] learned, Shortening shortening) throws MalformedLine {
        boolean some = false;
        int[] labels = new int[Math.max(tokens.length - 1, 0)];
        for (int next = 1; next < tokens.length; next++) {
            labels[next - 1] = learned[next] ? tokens[next] : Example.UNLABELLED;
            some |= learned[next];
        }
        if (!some) {
            throw new MalformedLine("no token to predict (the record has " + tokens.length + ")");
        }
        return new Labelled(new Example(Arrays.copyOf(tokens, tokens.length - 1), labels), shortening);
    }
}
