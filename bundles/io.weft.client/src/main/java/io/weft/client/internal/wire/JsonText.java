package io.weft.client.internal.wire;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads one JSON value (RFC 8259): maps, lists, texts, {@code Long} or {@code Double} numbers and truth values. A key whose value
 * is null is left out.
 */
public final class JsonText {

    private static final int DEEPEST = 64;

    private final String text;
    private int at;

    private JsonText(String text) {
        this.text = text;
    }

    /**
     * Reads an object.
     *
     * @throws IOException when the text is none
     */
    public static Map<String, Object> object(String text) throws IOException {
        JsonText json = new JsonText(text);
        json.space();
        Map<String, Object> object = json.map(0);
        json.space();
        if (json.at != text.length()) {
            throw json.broken("more text");
        }
        return object;
    }

    private Object value(int depth) throws IOException {
        if (depth > DEEPEST) {
            throw broken("deeper nesting than " + DEEPEST);
        }
        char next = peek();
        if (next == '{') {
            return map(depth);
        }
        if (next == '[') {
            return list(depth);
        }
        if (next == '"') {
            return string();
        }
        if (next == '-' || (next >= '0' && next <= '9')) {
            return number();
        }
        for (String word : List.of("true", "false")) {
            if (text.startsWith(word, at)) {
                at += word.length();
                return Boolean.valueOf(word);
            }
        }
        throw broken("no value");
    }

    private boolean isNull() {
        if (text.startsWith("null", at)) {
            at += "null".length();
            return true;
        }
        return false;
    }

    private Map<String, Object> map(int depth) throws IOException {
        Map<String, Object> map = new LinkedHashMap<>();
        expect('{');
        if (ends('}')) {
            return map;
        }
        do {
            space();
            String key = string();
            space();
            expect(':');
            space();
            if (!isNull()) {
                map.put(key, value(depth + 1));
            }
            space();
        } while (goesOn('}'));
        return map;
    }

    private List<Object> list(int depth) throws IOException {
        List<Object> list = new ArrayList<>();
        expect('[');
        if (ends(']')) {
            return list;
        }
        do {
            space();
            if (!isNull()) {
                list.add(value(depth + 1));
            }
            space();
        } while (goesOn(']'));
        return list;
    }

    private boolean ends(char end) throws IOException {
        space();
        if (peek() == end) {
            at++;
            return true;
        }
        return false;
    }

    private boolean goesOn(char end) throws IOException {
        char next = peek();
        at++;
        if (next != ',' && next != end) {
            throw broken("neither a comma nor '" + end + "'");
        }
        return next == ',';
    }

    private Object number() throws IOException {
        int start = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String number = text.substring(start, at);
        try {
            return number.matches("-?[0-9]{1,18}") ? (Object) Long.valueOf(number) : (Object) Double.valueOf(number);
        } catch (NumberFormatException e) {
            throw broken("no number");
        }
    }

    private String string() throws IOException {
        expect('"');
        StringBuilder out = new StringBuilder();
        while (true) {
            char c = peek();
            at++;
            if (c == '"') {
                return out.toString();
            }
            out.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() throws IOException {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw broken("an unknown escape");
        };
    }

    private char unicode() throws IOException {
        try {
            char c = (char) Integer.parseInt(text.substring(at, at + 4), 16);
            at += 4;
            return c;
        } catch (IndexOutOfBoundsException | NumberFormatException e) {
            throw broken("an unknown escape");
        }
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() throws IOException {
        if (at >= text.length()) {
            throw broken("the end");
        }
        return text.charAt(at);
    }

    private void expect(char c) throws IOException {
        if (peek() != c) {
            throw broken("no '" + c + "'");
        }
        at++;
    }

    private IOException broken(String found) {
        return new IOException("not JSON: " + found + " at character " + at);
    }
}
