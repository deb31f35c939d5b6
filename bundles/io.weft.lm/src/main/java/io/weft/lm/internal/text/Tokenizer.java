package io.weft.lm.internal.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A checkpoint's tokenizer: what {@code tokenizer.json} says, without truncation and padding, also where that file asks for them.
 * Safe for use by several threads.
 *
 * <p>Special tokens are those that the post-processor of {@code tokenizer.json} adds, nothing more.
 */
public final class Tokenizer implements AutoCloseable {

    private static final String FILE = "tokenizer.json";

    private final HuggingFaceTokenizer tokenizer;
    private final OptionalInt endOfSequence;

    private Tokenizer(HuggingFaceTokenizer tokenizer, OptionalInt endOfSequence) {
        this.tokenizer = tokenizer;
        this.endOfSequence = endOfSequence;
    }

    /**
     * Opens the tokenizer among a checkpoint's companions.
     *
     * @throws Refusal when there is none, when it is broken, or when the end of sequence that is named is not one of its tokens
     */
    public static Tokenizer from(Manifest manifest) {
        Companion file = manifest.companion(FILE)
                .orElseThrow(() -> new Refusal("the checkpoint has no " + FILE
                        + "; write one beside its weights with save_pretrained of a fast tokenizer"));
        OptionalInt endOfSequence = EndOfSequence.of(manifest, TokenIds.in(file));
        return new Tokenizer(open(file), endOfSequence);
    }

    /** The same; what is refused begins with the place that the checkpoint lies at. */
    public static Tokenizer from(Manifest manifest, String location) {
        try {
            return from(manifest);
        } catch (Refusal e) {
            throw new Refusal(location + ": " + e.getMessage(), e);
        }
    }

    private static HuggingFaceTokenizer open(Companion file) {
        try {
            return HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(file.content()), Map.of("truncation", "false", "padding", "false"));
        } catch (IOException | RuntimeException broken) {
            throw new Refusal(
                    FILE + ": cannot be read as a tokenizer (" + Text.oneLine(broken) + "); " + TokenIds.REMEDY,
                    broken);
        }
    }

    /** The token that ends a text, when the checkpoint names one. */
    public OptionalInt endOfSequence() {
        return endOfSequence;
    }

    /** The ids of all tokens of the text, special tokens included. */
    public int[] encode(String text) {
        return encodeWithSpans(text).ids();
    }

    /** The text of these tokens, special tokens left out. */
    public String decode(int[] ids) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), true);
    }

    Encoded encodeWithSpans(String text) {
        Encoding encoding = tokenizer.encode(text, true, false);
        int[] ids = Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray();
        CharSpan[] spans = encoding.getCharTokenSpans();
        int[] ends = new int[ids.length];
        for (int token = 0; token < ids.length; token++) {
            CharSpan span = spans[token];
            ends[token] = span == null ? Encoded.SPECIAL : span.getEnd();
        }
        return new Encoded(ids, ends);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
