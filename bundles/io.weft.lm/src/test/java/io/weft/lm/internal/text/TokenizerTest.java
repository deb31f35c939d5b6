package io.weft.lm.internal.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class TokenizerTest {

    private static final Companion TOKENIZER = Tokenizers.file("byte-level", "tokenizer.json");

    @Test
    void neitherTruncatesNorPadsThoughTheFileAsksForBoth() {
        assertTrue(TOKENIZER.text().contains("\"max_length\":8"));
        try (Tokenizer tokenizer = Tokenizers.open("byte-level")) {
            assertEquals(1, tokenizer.encode("the").length);
            assertTrue(tokenizer.encode("the ".repeat(600)).length >= 600);
        }
    }

    @Test
    void takesTheEndOfSequenceFromTheTokenizersConfiguration() {
        assertEquals(
                OptionalInt.of(0),
                endOfSequence(Tokenizers.text("tokenizer_config.json", "{\"eos_token\": \"<|end|>\"}")));
    }

    @Test
    void readsTheEndOfSequenceAsAnObjectToo() {
        assertEquals(
                OptionalInt.of(1),
                endOfSequence(Tokenizers.text("tokenizer_config.json", "{\"eos_token\": {\"content\": \"<|pad|>\"}}")));
    }

    @Test
    void takesTheFirstEndOfSequenceOfTheGenerationElseOfTheModelConfiguration() {
        Companion none = Tokenizers.text("tokenizer_config.json", "{\"eos_token\": null}");
        Companion generation = Tokenizers.text("generation_config.json", "{\"eos_token_id\": [7, 8]}");
        Companion model = Tokenizers.text("config.json", "{\"eos_token_id\": 9}");
        assertEquals(OptionalInt.of(7), endOfSequence(none, model, generation));
        assertEquals(OptionalInt.of(9), endOfSequence(none, model));
        assertEquals(OptionalInt.empty(), endOfSequence(none));
    }

    @Test
    void refusesAnEndOfSequenceThatIsNoToken() {
        Refusal refusal = assertThrows(
                Refusal.class,
                () -> endOfSequence(Tokenizers.text("tokenizer_config.json", "{\"eos_token\": \"</s>\"}")));
        assertTrue(refusal.getMessage().startsWith("eos_token '</s>' of tokenizer_config.json is no token"));
    }

    @Test
    void refusesACheckpointWithoutTokenizer() {
        Refusal refusal = assertThrows(Refusal.class, () -> Tokenizer.from(Tokenizers.manifest()));
        assertTrue(refusal.getMessage().startsWith("the checkpoint has no tokenizer.json"));
    }

    @Test
    void refusesABrokenTokenizerInOneLine() {
        for (String broken : new String[] {"{\"model\"", "[]", "{}", "{\"model\": {\"type\": \"Abacus\"}}"}) {
            Refusal refusal = assertThrows(
                    Refusal.class,
                    () -> Tokenizer.from(Tokenizers.manifest(Tokenizers.text("tokenizer.json", broken))));
            assertTrue(refusal.getMessage().startsWith("tokenizer.json:"), refusal.getMessage());
            assertTrue(refusal.getMessage().contains("; copy it anew from where the model came"), refusal.getMessage());
            assertEquals(1, refusal.getMessage().lines().count());
        }
    }

    @Test
    void aTokenizerWithoutAVocabularyIsNotBlamedOnTheEndOfSequence() {
        Refusal refusal = assertThrows(
                Refusal.class,
                () -> Tokenizer.from(
                        Tokenizers.manifest(
                                Tokenizers.text("tokenizer.json", "{}"),
                                Tokenizers.text("tokenizer_config.json", "{\"eos_token\": \"</s>\"}")),
                        "models/tiny"));
        assertEquals(
                "models/tiny: tokenizer.json: has no vocabulary, so it is no tokenizer; copy it anew from where the model"
                        + " came, or write it with save_pretrained of a fast tokenizer",
                refusal.getMessage());
    }

    private static OptionalInt endOfSequence(Companion... configuration) {
        Companion[] all = new Companion[configuration.length + 1];
        all[0] = TOKENIZER;
        System.arraycopy(configuration, 0, all, 1, configuration.length);
        try (Tokenizer tokenizer = Tokenizer.from(Tokenizers.manifest(all))) {
            return tokenizer.endOfSequence();
        }
    }
}
