package io.weft.lm.internal.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordsTest {

    private static final String GOOD = "{\"text\": \"the loom\"}\n";

    @TempDir
    private Path folder;

    private Tokenizer tokenizer;

    @BeforeEach
    void open() {
        tokenizer = Tokenizers.open("byte-level");
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    @Test
    void keepsTheOrderOfFilesAndLines() throws IOException {
        Path first = file("a.jsonl", GOOD + "{\"text\": \"the warp\"}\n");
        Path second = file("b.jsonl", "{\"prompt\": \"the\", \"completion\": \" weft\"}");
        List<String> texts = load(first, second).examples().stream()
                .map(example -> tokenizer.decode(example.ids()))
                .toList();
        assertEquals(List.of("the loom", "the warp", "the weft"), texts);
    }

    @Test
    void readsLineEndsOfAnySystemAndAByteOrderMark() throws IOException {
        Records plain = load(file("plain.jsonl", GOOD + GOOD));
        Records windows = load(file("windows.jsonl", "\ufeff" + GOOD.replace("\n", "\r\n") + "\r\n" + GOOD.strip()));
        assertEquals(2, windows.examples().size());
        assertEquals(0, windows.report().malformed());
        assertArrayEquals(
                plain.examples().get(0).ids(), windows.examples().get(0).ids());
    }

    @Test
    void keepsLineEndsInsideATextAsTheyAre() throws IOException {
        Records records = load(file("a.jsonl", "{\"text\": \"a\\r\\nb\\nc\"}\n"));
        assertEquals("a\r\nb\nc", tokenizer.decode(records.examples().get(0).ids()));
    }

    @Test
    void tellsFileAndLineOfEveryMalformedLineAndGoesOn() throws IOException {
        Path file = file(
                "notes.jsonl",
                GOOD
                        + "{\"text\": \"cut\n"
                        + "[\"text\"]\n"
                        + "{\"txt\": \"a\"}\n"
                        + "{\"prompt\": \"a\"}\n"
                        + "{\"text\": 7}\n"
                        + "{\"text\": null}\n"
                        + "{\"text\": \"\"}\n"
                        + "{\"prompt\": \"a\", \"completion\": \"\"}\n"
                        + "{\"text\": \"a\", \"prompt\": \"b\", \"completion\": \"c\"}\n"
                        + "{\"text\": \"a\", \"text\": \"b\"}\n"
                        + "{\"text\": \"a\"} {\"text\": \"b\"}\n"
                        + "{\"text\": \"half \\ud83e\"}\n"
                        + GOOD);
        Records records = load(file);
        assertEquals(2, records.examples().size());
        assertEquals(14, records.report().lines());
        assertEquals(12, records.report().malformed());
        List<String> told = records.report().firstMalformed().stream()
                .map(Report.Malformed::toString)
                .toList();
        assertTrue(
                IntStream.range(0, 12).allMatch(index -> told.get(index).startsWith(file + ":" + (index + 2) + ": ")));
        assertTrue(told.get(0).contains("not valid JSON"), told.get(0));
        assertTrue(told.get(1).contains("not a JSON object"), told.get(1));
        assertTrue(told.get(2).contains("(found txt)"), told.get(2));
        assertTrue(told.get(3).contains("\"completion\" is missing (found prompt)"), told.get(3));
        assertTrue(told.get(4).contains("\"text\" is a number; it must be text"), told.get(4));
        assertTrue(told.get(5).contains("\"text\" is null"), told.get(5));
        assertTrue(told.get(6).contains("\"text\" is empty"), told.get(6));
        assertTrue(told.get(7).contains("\"completion\" is empty"), told.get(7));
        assertTrue(told.get(8).contains("both \"text\" and a prompt"), told.get(8));
        assertTrue(told.get(9).contains("it has the key 'text' twice"), told.get(9));
        assertTrue(told.get(10).contains("not valid JSON"), told.get(10));
        assertTrue(told.get(11).contains("\\ud83e, half of a surrogate pair"), told.get(11));
        assertTrue(records.report().warnings().contains("12 of 14 lines are malformed and left out"));
        assertTrue(told.stream().allMatch(line -> line.lines().count() == 1));
    }

    @Test
    void tellsWhichByteIsNotUtf8() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(GOOD.getBytes(StandardCharsets.UTF_8));
        bytes.writeBytes("{\"text\": \"caf\u00e9\"}\n".getBytes(StandardCharsets.ISO_8859_1));
        bytes.writeBytes("{\"text\": \"café\"}\n".getBytes(StandardCharsets.UTF_8));
        Path file = Files.write(folder.resolve("latin.jsonl"), bytes.toByteArray());
        Records records = load(file);
        assertEquals(2, records.examples().size());
        assertEquals(
                file + ":2: not UTF-8: byte 0xe9 at column 14; convert the file to UTF-8",
                records.report().firstMalformed().get(0).toString());
    }

    @Test
    void tellsAnEncodedCharacterThatTheLineCutsOff() throws IOException {
        byte[] line = "{\"text\": \"é".getBytes(StandardCharsets.UTF_8);
        byte[] bytes = new byte[GOOD.length() + line.length - 1];
        System.arraycopy(GOOD.getBytes(StandardCharsets.UTF_8), 0, bytes, 0, GOOD.length());
        System.arraycopy(line, 0, bytes, GOOD.length(), line.length - 1);
        Records records = load(Files.write(folder.resolve("cut.jsonl"), bytes));
        assertEquals(
                "not UTF-8: byte 0xc3 at column 11; convert the file to UTF-8",
                records.report().firstMalformed().get(0).reason());
    }

    @Test
    void showsTheFirstMalformedLinesAndCountsAll() throws IOException {
        Report report = load(file("a.jsonl", GOOD + "?\n".repeat(50))).report();
        assertEquals(50, report.malformed());
        assertEquals(Report.SHOWN, report.firstMalformed().size());
        assertTrue(report.warnings().contains("50 of 51 lines are malformed and left out; the first 20 are shown"));
    }

    @Test
    void countsWhatLostAPart() throws IOException {
        String words = "the loom ".repeat(20);
        Report report = load(
                        8,
                        Optional.empty(),
                        file(
                                "long.jsonl",
                                GOOD
                                        + "{\"text\": \"" + words + "\"}\n"
                                        + "{\"prompt\": \"" + words + "\", \"completion\": \"the\"}\n"
                                        + "{\"prompt\": \"the\", \"completion\": \" " + words + "\"}\n"
                                        + "{\"prompt\": \"" + words + "\", \"completion\": \" " + words + "\"}\n"))
                .report();
        assertEquals(1, report.shortenedTexts());
        assertEquals(1, report.shortenedPrompts());
        assertEquals(2, report.cutAnswers());
        assertEquals(
                List.of(
                        "2 answers do not fit --max-length and lost their end; raise it to keep them whole",
                        "1 prompt does not fit --max-length and lost its start",
                        "1 text does not fit --max-length and lost its end"),
                report.warnings("--max-length"));
    }

    @Test
    void leavesOtherFieldsAloneAndNamesThem() throws IOException {
        Report report = load(file("a.jsonl", "{\"id\": 7, \"text\": \"the\", \"source\": {}}\n"))
                .report();
        assertEquals(Set.of("id", "source"), report.otherFields());
        assertEquals(List.of("fields that are not used: id, source"), report.warnings());
    }

    @Test
    void rendersTheAlpacaTemplate() throws IOException {
        Records records = load(512, Optional.of("alpaca"), file("alpaca.jsonl", """
                        {"instruction": "Name it.", "input": "a loom", "output": "loom"}
                        {"instruction": "Name one.", "input": "", "output": "warp"}
                        {"instruction": "Name one.", "output": "warp"}
                        """));
        assertEquals(
                "Below is an instruction that describes a task, paired with an input that provides further context. Write a"
                        + " response that appropriately completes the request.\n\n### Instruction:\nName it.\n\n### Input:\na"
                        + " loom\n\n### Response:\nloom",
                tokenizer.decode(records.examples().get(0).ids()));
        String withoutInput =
                "Below is an instruction that describes a task. Write a response that appropriately completes the"
                        + " request.\n\n### Instruction:\nName one.\n\n### Response:\nwarp";
        assertEquals(withoutInput, tokenizer.decode(records.examples().get(1).ids()));
        assertEquals(withoutInput, tokenizer.decode(records.examples().get(2).ids()));
        int[] labels = records.examples().get(2).labels();
        int[] answer = IntStream.of(labels)
                .filter(label -> label != Example.UNLABELLED)
                .toArray();
        assertEquals("warp", tokenizer.decode(answer));
    }

    @Test
    void refusesAnUnknownTemplateWithThoseThereAre() throws IOException {
        Path file = file("a.jsonl", GOOD);
        Refusal refusal = assertThrows(Refusal.class, () -> load(64, Optional.of("alpacca"), file));
        assertTrue(refusal.getMessage().startsWith("no template 'alpacca'; there are: alpaca"), refusal.getMessage());
    }

    @Test
    void refusesFilesWithoutARecord() throws IOException {
        for (String nothing : new String[] {"", "\n\n", "\ufeff"}) {
            Path empty = file("empty.jsonl", nothing);
            Refusal refusal = assertThrows(Refusal.class, () -> load(empty));
            assertTrue(refusal.getMessage().startsWith(empty + " is empty; write one JSON object a line"));
        }
        Path wrong = file("wrong.jsonl", "text\n");
        Refusal refusal = assertThrows(Refusal.class, () -> load(wrong));
        assertTrue(refusal.getMessage()
                .startsWith(wrong + " is without a single usable record (1 malformed; the first: " + wrong + ":1: "));
        Path none = folder.resolve("none.jsonl");
        assertEquals(
                none + " is no file, and a dataset is one or more JSON Lines files; give the path of one",
                assertThrows(Refusal.class, () -> load(none)).getMessage());
        assertEquals(
                folder + " is a folder, and a dataset is one or more JSON Lines files; give the files in it",
                assertThrows(Refusal.class, () -> load(folder)).getMessage());
    }

    @Test
    void saysWhatATemplateNeedsOrToLeaveItOut() throws IOException {
        Path other = file("other.jsonl", "{\"question\": \"q\"}\n");
        String needed = assertThrows(Refusal.class, () -> load(64, Optional.of("alpaca"), other))
                .getMessage();
        assertTrue(
                needed.endsWith("; for the template alpaca write one JSON object a line, in UTF-8, with"
                        + " \"instruction\" and \"output\", and \"input\" where there is one"),
                needed);
        for (String plain : new String[] {GOOD, "{\"prompt\": \"the\", \"completion\": \" weft\"}\n"}) {
            Path file = file("plain.jsonl", plain);
            String without = assertThrows(Refusal.class, () -> load(64, Optional.of("alpaca"), file))
                    .getMessage();
            assertTrue(without.endsWith("\"prompt\" and \"completion\": leave the template out"), without);
        }
    }

    @Test
    void refusesALengthThatLeavesNothingToPredict() throws IOException {
        Path file = file("a.jsonl", GOOD);
        assertThrows(Refusal.class, () -> load(1, Optional.empty(), file));
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private Records load(Path... files) throws IOException {
        return load(512, Optional.empty(), files);
    }

    private Records load(int maxLength, Optional<String> template, Path... files) throws IOException {
        return Records.load(List.of(files), tokenizer, template, maxLength);
    }
}
