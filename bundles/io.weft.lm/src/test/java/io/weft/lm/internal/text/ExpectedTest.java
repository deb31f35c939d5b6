package io.weft.lm.internal.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.lm.internal.text.Labelling.Labelled;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Tokens, spans, labels and truncation are those of the Python tokenizers library (make_fixtures.py). */
class ExpectedTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TestFactory
    Stream<DynamicTest> tokensAndEnds() throws IOException {
        return cases().stream()
                .filter(expected -> expected.has("tokens"))
                .map(expected -> DynamicTest.dynamicTest(name(expected), () -> {
                    try (Tokenizer tokenizer =
                            Tokenizers.open(expected.get("tokenizer").textValue())) {
                        Encoded encoded = tokenizer.encodeWithSpans(joined(expected.get("record")));
                        assertArrayEquals(ints(expected.get("tokens")), encoded.ids());
                        assertArrayEquals(
                                ints(expected.get("ends")),
                                IntStream.range(0, encoded.length())
                                        .map(encoded::end)
                                        .toArray());
                        assertEquals(expected.get("decoded").textValue(), tokenizer.decode(encoded.ids()));
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> labelsAndTruncation() throws IOException {
        return cases().stream()
                .map(expected -> DynamicTest.dynamicTest(name(expected), () -> {
                    try (Tokenizer tokenizer =
                            Tokenizers.open(expected.get("tokenizer").textValue())) {
                        Labelling labelling = new Labelling(
                                tokenizer, expected.get("maxLength").intValue());
                        Labelled labelled = new PlainRecords()
                                .read(new Fields((ObjectNode) expected.get("record")))
                                .label(labelling);
                        assertArrayEquals(
                                ints(expected.get("ids")), labelled.example().ids());
                        assertArrayEquals(
                                ints(expected.get("labels")), labelled.example().labels());
                        assertEquals(
                                expected.get("shortening").textValue(),
                                labelled.shortening().name());
                    }
                }));
    }

    private static List<JsonNode> cases() throws IOException {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                ExpectedTest.class.getResourceAsStream("expected.jsonl"), StandardCharsets.UTF_8))) {
            List<JsonNode> cases = new java.util.ArrayList<>();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                cases.add(JSON.readTree(line));
            }
            return cases;
        }
    }

    private static String name(JsonNode expected) {
        String record = expected.get("record").toString();
        return expected.get("tokenizer").textValue() + " "
                + expected.get("maxLength") + " "
                + record.substring(0, Math.min(60, record.length()));
    }

    private static String joined(JsonNode record) {
        return record.has("text")
                ? record.get("text").textValue()
                : record.get("prompt").textValue() + record.get("completion").textValue();
    }

    private static int[] ints(JsonNode array) {
        return IntStream.range(0, array.size())
                .map(index -> array.get(index).intValue())
                .toArray();
    }
}
