package io.weft.lm.internal.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.tensor.JsonProblem;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The token that ends a text: {@code eos_token} of {@code tokenizer_config.json}, else the first {@code eos_token_id} of {@code
 * generation_config.json}, else of {@code config.json}.
 */
final class EndOfSequence {

    private static final ObjectMapper JSON = new ObjectMapper();

    private EndOfSequence() {}

    static OptionalInt of(Manifest manifest, TokenIds tokens) {
        Optional<String> named = object(manifest, "tokenizer_config.json").flatMap(EndOfSequence::token);
        if (named.isPresent()) {
            return OptionalInt.of(
                    tokens.id(named.get())
                            .orElseThrow(
                                    () -> new Refusal(
                                            "eos_token '" + named.get()
                                                    + "' of tokenizer_config.json is no token of tokenizer.json; the two belong to different models")));
        }
        return object(manifest, "generation_config.json")
                .flatMap(EndOfSequence::firstId)
                .or(() -> object(manifest, "config.json").flatMap(EndOfSequence::firstId))
                .map(OptionalInt::of)
                .orElseGet(OptionalInt::empty);
    }

    private static Optional<JsonNode> object(Manifest manifest, String path) {
        return manifest.companion(path).map(EndOfSequence::parse);
    }

    private static JsonNode parse(Companion file) {
        try {
            return JSON.readTree(file.content());
        } catch (JsonProcessingException broken) {
            throw JsonProblem.refusal(file.path(), broken, "copy it anew from where the model came");
        } catch (java.io.IOException impossible) {
            throw new java.io.UncheckedIOException(impossible);
        }
    }

    /** A token is written as its text, or by older versions as an object with its content. */
    private static Optional<String> token(JsonNode configuration) {
        JsonNode token = configuration.path("eos_token");
        JsonNode text = token.isObject() ? token.path("content") : token;
        return text.isTextual() ? Optional.of(text.textValue()) : Optional.empty();
    }

    private static Optional<Integer> firstId(JsonNode configuration) {
        JsonNode id = configuration.path("eos_token_id");
        JsonNode first = id.isArray() ? id.path(0) : id;
        return first.isInt() ? Optional.of(first.intValue()) : Optional.empty();
    }
}
