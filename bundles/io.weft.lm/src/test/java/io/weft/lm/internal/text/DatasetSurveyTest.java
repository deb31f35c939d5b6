package io.weft.lm.internal.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.lm.DatasetDescription;
import io.weft.lm.DatasetDescription.Lengths;
import io.weft.lm.DatasetDescription.Rendered;
import io.weft.lm.DatasetRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetSurveyTest {

    @TempDir
    private Path folder;

    @Test
    void countsCharactersWithoutATokenizer() throws IOException {
        DatasetDescription found = describe(Optional.empty(), """
                {"text": "12345"}
                {"prompt": "🧵🐑", "completion": "3"}

                {"text": "1234"}
                {"text": 5}
                {"text": "1", "source": "a book"}
                """);
        assertEquals(5, found.lines());
        assertEquals(4, found.records());
        assertEquals(new Lengths(1, 3, 5, 5, 13), found.characters());
        assertEquals(Optional.empty(), found.tokens());
        assertEquals(3, found.notes().size(), found.notes()::toString);
        assertTrue(found.notes().get(0).contains("records.jsonl:5: "), found.notes()::toString);
        assertEquals("fields that are not used: source", found.notes().get(2));
    }

    @Test
    void showsTheFirstRecordAsTheModelReadsIt() throws IOException {
        assertEquals(
                new Rendered(Optional.empty(), "the loom"),
                describe(Optional.empty(), "{\"text\": \"the loom\"}").first());
        assertEquals(
                new Rendered(Optional.of("the"), " loom"),
                describe(Optional.empty(), "{\"prompt\": \"the\", \"completion\": \" loom\"}")
                        .first());
        Rendered alpaca = describe(
                        Optional.of("alpaca"), "{\"instruction\": \"Weave.\", \"input\": \"\", \"output\": \"Done.\"}")
                .first();
        assertEquals("Done.", alpaca.learned());
        assertTrue(alpaca.prompt().orElseThrow().endsWith("### Instruction:\nWeave.\n\n### Response:\n"));
    }

    /** The same as training would make of the same files. */
    @Test
    void countsTokensAsTrainingDoes() throws IOException {
        Path file = Files.writeString(folder.resolve("records.jsonl"), """
                {"text": "the weaver pulls a red thread through the loom"}
                {"prompt": "the weaver pulls a red thread through", "completion": " the loom"}
                {"prompt": "the", "completion": " weaver pulls a red thread through the loom"}
                {"text": "red"}
                """);
        try (Tokenizer tokenizer = Tokenizers.open("byte-level")) {
            Records whole = Records.load(List.of(file), tokenizer, Optional.empty(), 1000);
            Records cut = Records.load(List.of(file), tokenizer, Optional.empty(), 6);
            DatasetDescription found = DatasetSurvey.of(request(file), Optional.of(tokenizer), 6);
            DatasetDescription.Tokens tokens = found.tokens().orElseThrow();

            assertEquals(6, tokens.maxLength());
            assertEquals(
                    whole.examples().stream()
                            .mapToLong(example -> example.length() + 1)
                            .sum(),
                    tokens.lengths().sum());
            assertEquals(cut.labelled(), tokens.labelled());
            assertEquals(
                    List.of(1L, 1L, 1L),
                    List.of(tokens.shortenedTexts(), tokens.shortenedPrompts(), tokens.cutAnswers()));
            assertEquals(cut.report().warnings("--max-length"), found.notes());
        }
    }

    @Test
    void nineInTenLeavesOneOutOfTen() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int length = 10; length >= 1; length--) {
            lines.append("{\"text\": \"").append("x".repeat(length)).append("\"}\n");
        }
        assertEquals(
                new Lengths(1, 5, 9, 10, 55),
                describe(Optional.empty(), lines.toString()).characters());
    }

    @Test
    void refusesWhatHasNoRecord() {
        Refusal refusal = assertThrows(Refusal.class, () -> describe(Optional.empty(), "[]\n"));
        assertTrue(refusal.getMessage().contains("without a single usable record"), refusal.getMessage());
        assertThrows(Refusal.class, () -> describe(Optional.of("alpacas"), "{\"text\": \"a\"}"));
        assertThrows(Refusal.class, () -> DatasetSurvey.of(request(folder.resolve("none.jsonl")), Optional.empty(), 8));
    }

    private DatasetDescription describe(Optional<String> template, String content) throws IOException {
        Path file = Files.writeString(folder.resolve("records.jsonl"), content);
        return DatasetSurvey.of(
                new DatasetRequest(List.of(file), template, OptionalInt.empty()), Optional.empty(), 1024);
    }

    private static DatasetRequest request(Path file) {
        return new DatasetRequest(List.of(file), Optional.empty(), OptionalInt.empty());
    }
}
