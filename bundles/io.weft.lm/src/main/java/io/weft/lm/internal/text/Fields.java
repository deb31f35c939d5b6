package io.weft.lm.internal.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** The text fields of one record's JSON object. */
final class Fields {

    private final ObjectNode object;

    Fields(ObjectNode object) {
        this.object = object;
    }

    boolean has(String name) {
        return object.has(name);
    }

    /** The names as the line has them, in its order. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** A field that must be there, as text that may be empty. */
    String text(String name) throws MalformedLine {
        JsonNode value = object.get(name);
        if (value == null) {
            throw new MalformedLine("field \"" + name + "\" is missing (found " + described() + ")");
        }
        if (!value.isTextual()) {
            throw new MalformedLine("field \"" + name + "\" is " + kind(value) + "; it must be text");
        }
        String text = value.textValue();
        requireWholeCharacters(name, text);
        return text;
    }

    /** A field that must be there with at least one character. */
    String someText(String name) throws MalformedLine {
        String text = text(name);
        if (text.isEmpty()) {
            throw new MalformedLine("field \"" + name + "\" is empty");
        }
        return text;
    }

    /** A field that may be missing or null, which is the same as empty. */
    String textOrEmpty(String name) throws MalformedLine {
        return object.hasNonNull(name) ? text(name) : "";
    }

    String described() {
        return names().isEmpty() ? "no field" : String.join(", ", names());
    }

    private static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
            case NULL -> "null";
            case BINARY, MISSING, POJO, STRING -> "something else";
        };
    }

    /** JSON escapes can name half of a surrogate pair, which no tokenizer and no UTF-8 file can hold. */
    private static void requireWholeCharacters(String name, String text) throws MalformedLine {
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (Character.isHighSurrogate(unit)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(unit)) {
                throw new MalformedLine(
                        String.format("field \"%s\" holds \\u%04x, half of a surrogate pair", name, (int) unit));
            }
        }
    }
}
