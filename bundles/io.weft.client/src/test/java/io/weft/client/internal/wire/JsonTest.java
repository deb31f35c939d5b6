package io.weft.client.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    @Test
    void readsWhatItWrites() throws IOException {
        Map<String, Object> value = Map.of(
                "text", "a \"quoted\" \\ line\n\tü 😀",
                "numbers", List.of(1L, -2L, 0.5, 1e300),
                "flags", List.of(true, false),
                "empty", Map.of("map", Map.of(), "list", List.of()));
        assertEquals(value, JsonText.object(Json.line(value)));
    }

    @Test
    void writesOneLine() {
        assertEquals(
                "{\"a\":\"1\\n2\",\"b\":[]}", Json.line(new java.util.TreeMap<>(Map.of("a", "1\n2", "b", List.of()))));
    }

    @Test
    void writesNumbersThatAreNoneAsText() {
        assertEquals("{\"loss\":\"NaN\"}", Json.line(Map.of("loss", Double.NaN)));
    }

    @Test
    void readsWhatPythonWrites() throws IOException {
        assertEquals(
                Map.of("type", "result", "round", 2L, "loss", 1e-05, "name", "é😀"),
                JsonText.object(
                        "{\"type\": \"result\", \"round\": 2, \"loss\": 1e-05, \"name\": \"\\u00e9\\ud83d\\ude00\","
                                + " \"step\": null}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{\"a\" 1}",
                "{\"a\":1,}",
                "{\"a\":tru}",
                "{\"a\":-}",
                "{} {}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u12\"}"
            })
    void refusesWhatIsNoObject(String text) {
        assertThrows(IOException.class, () -> JsonText.object(text));
    }
}
