package io.weft.client.internal.wire;

import java.util.Collection;
import java.util.Map;

/** Writes values as JSON (RFC 8259), so that a program needs nothing but this jar on its class path. */
public final class Json {

    private Json() {}

    /**
     * A value as one line of JSON.
     *
     * @param value a map, a collection, a text, a number or a truth value
     */
    public static String line(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(Object value, StringBuilder out) {
        if (value instanceof Map<?, ?> map) {
            char before = '{';
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.append(before);
                text(String.valueOf(entry.getKey()), out);
                out.append(':');
                write(entry.getValue(), out);
                before = ',';
            }
            out.append(before == '{' ? "{}" : "}");
        } else if (value instanceof Collection<?> values) {
            char before = '[';
            for (Object one : values) {
                out.append(before);
                write(one, out);
                before = ',';
            }
            out.append(before == '[' ? "[]" : "]");
        } else if (value instanceof Boolean || value instanceof Long || value instanceof Integer) {
            out.append(value);
        } else if (value instanceof Number number) {
            number(number.doubleValue(), out);
        } else {
            text(String.valueOf(value), out);
        }
    }

    /** Numbers that are none travel as text: whoever receives them says what is wrong with them. */
    private static void number(double value, StringBuilder out) {
        if (Double.isFinite(value)) {
            out.append(value);
        } else {
            text(Double.toString(value), out);
        }
    }

    private static void text(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c == '\n') {
                out.append("\\n");
            } else if (c < ' ' || Character.isSurrogate(c)) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
