package io.weft.lm.internal.program;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text of program parts, one resource a part with its forward and its backward. */
final class Parts {

    private static final Pattern HOLE = Pattern.compile("\\$\\{(\\w+)}");
    private static final Pattern COMMENT = Pattern.compile("(?m)^#.*\\R");

    private Parts() {}

    /** A part with its holes filled in; every hole must have a value. */
    static String text(String part, Map<String, Object> values) {
        String resource = part + ".torchscript";
        try (InputStream in = Parts.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("no part " + resource);
            }
            String raw = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return HOLE.matcher(COMMENT.matcher(raw).replaceAll(""))
                    .replaceAll(hole -> Matcher.quoteReplacement(value(part, hole.group(1), values)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String value(String part, String name, Map<String, Object> values) {
        Object value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("part " + part + " wants a value for " + name);
        }
        return value.toString();
    }
}
