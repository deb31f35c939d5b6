package io.weft.lm.internal.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import io.weft.tensor.JsonProblem;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/** The ids of a {@code tokenizer.json} by the text of their tokens; an added token hides one of the vocabulary. */
final class TokenIds {

    static final String REMEDY =
            "copy it anew from where the model came, or write it with save_pretrained of a fast tokenizer";

    private final Map<String, Integer> vocabulary = new HashMap<>();
    private final Map<String, Integer> added = new HashMap<>();

    private TokenIds() {}

    /** Reads the file as a stream: the vocabularies of large models have some hundred thousand entries and as many merges. */
    static TokenIds in(Companion file) {
        TokenIds ids = new TokenIds();
        try (JsonParser parser = StrictJson.of(file.content())) {
            requireObject(parser.nextToken(), file);
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                if (field.equals("added_tokens") && value == JsonToken.START_ARRAY) {
                    ids.readAdded(parser);
                } else if (field.equals("model") && value == JsonToken.START_OBJECT) {
                    ids.readModel(parser);
                } else {
                    parser.skipChildren();
                }
            }
            if (parser.nextToken() != null) {
                throw new Refusal(file.path() + ": goes on after the closing '}'; " + REMEDY);
            }
            if (ids.vocabulary.isEmpty()) {
                throw new Refusal(file.path() + ": has no vocabulary, so it is no tokenizer; " + REMEDY);
            }
            return ids;
        } catch (IOException broken) {
            throw JsonProblem.refusal(file.path(), broken, REMEDY);
        }
    }

    private static void requireObject(JsonToken first, Companion file) {
        if (first != JsonToken.START_OBJECT) {
            throw new Refusal(file.path() + ": is not a JSON object; " + REMEDY);
        }
    }

    OptionalInt id(String token) {
        Integer id = added.getOrDefault(token, vocabulary.get(token));
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    private void readAdded(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            String content = "";
            int id = -1;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                switch (field) {
                    case "content" -> content = parser.getText();
                    case "id" -> id = parser.getIntValue();
                    default -> parser.skipChildren();
                }
            }
            added.put(content, id);
        }
    }

    private void readModel(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (field.equals("vocab") && value == JsonToken.START_OBJECT) {
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String token = parser.currentName();
                    parser.nextToken();
                    vocabulary.put(token, parser.getIntValue());
                }
            } else if (field.equals("vocab") && value == JsonToken.START_ARRAY) {
                readPieces(parser);
            } else {
                parser.skipChildren();
            }
        }
    }

    /** A unigram model lists pairs of a piece and its score; a piece's id is its place. */
    private void readPieces(JsonParser parser) throws IOException {
        for (int id = 0; parser.nextToken() == JsonToken.START_ARRAY; id++) {
            parser.nextToken();
            vocabulary.put(parser.getText(), id);
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                parser.skipChildren();
            }
        }
    }
}
