package io.weft.hf.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.weft.api.plugin.Refusal;
import io.weft.tensor.JsonProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Makes sure that a configuration file is one JSON object, so that whoever reads it later meets no surprise. */
final class JsonObject {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private JsonObject() {}

    static void check(Path file, byte[] content) throws IOException {
        try (JsonParser parser = JSON.createParser(StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(content))
                .toString())) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new Refusal(file + ": is not a JSON object; copy it anew from where the model came");
            }
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw new Refusal(file + ": goes on after the closing '}'; copy it anew from where the model came");
            }
        } catch (CharacterCodingException e) {
            throw new Refusal(file + ": is not UTF-8 text; copy it anew from where the model came", e);
        } catch (JsonProcessingException e) {
            throw JsonProblem.refusal(file.toString(), e, "copy it anew from where the model came");
        }
    }
}
