package io.weft.tensor.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Map;
import java.util.SortedMap;

/** The text of {@code model.safetensors.index.json}, as {@code save_pretrained} writes it. */
final class ShardIndex {

    private static final JsonFactory JSON =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private ShardIndex() {}

    /**
     * @param parameters number of elements of all tensors
     * @param bytes of all tensors
     * @param fileByTensor the file's name by the tensor's
     */
    static String text(long parameters, long bytes, SortedMap<String, String> fileByTensor) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.setPrettyPrinter(likePython());
            json.writeStartObject();
            json.writeObjectFieldStart("metadata");
            json.writeNumberField("total_parameters", parameters);
            json.writeNumberField("total_size", bytes);
            json.writeEndObject();
            json.writeObjectFieldStart("weight_map");
            for (Map.Entry<String, String> entry : fileByTensor.entrySet()) {
                json.writeStringField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
        }
        return text.append('\n').toString();
    }

    private static DefaultPrettyPrinter likePython() {
        Separators separators =
                Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER);
        return new DefaultPrettyPrinter(separators).withObjectIndenter(new DefaultIndenter("  ", "\n"));
    }
}
