package io.weft.lm.internal.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import java.io.IOException;

/**
 * JSON as the native tokenizer reads it, which ends the process where this one throws: at numbers that no double holds, halves of
 * surrogate pairs, and values that are nested deeper than any tokenizer's.
 */
final class StrictJson extends JsonParserDelegate {

    private static final int DEPTH = 100;

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(DEPTH).build())
            .build();

    private StrictJson(JsonParser parser) {
        super(parser);
    }

    static StrictJson of(byte[] content) throws IOException {
        return new StrictJson(JSON.createParser(content));
    }

    @Override
    public JsonToken nextToken() throws IOException {
        JsonToken token = super.nextToken();
        if (token == null) {
            return null;
        }
        if (token.isNumeric() && !Double.isFinite(getDoubleValue())) {
            throw new JsonParseException(this, "a number out of range");
        }
        if ((token == JsonToken.VALUE_STRING || token == JsonToken.FIELD_NAME) && hasHalfAPair(getText())) {
            throw new JsonParseException(this, "half of a surrogate pair");
        }
        return token;
    }

    @Override
    public JsonParser skipChildren() throws IOException {
        if (!hasToken(JsonToken.START_OBJECT) && !hasToken(JsonToken.START_ARRAY)) {
            return this;
        }
        for (int open = 1; open > 0; ) {
            JsonToken token = nextToken();
            if (token == null) {
                return this; // The parser has thrown where the text ends too soon.
            }
            open += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        }
        return this;
    }

    private static boolean hasHalfAPair(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return true;
            }
        }
        return false;
    }
}
