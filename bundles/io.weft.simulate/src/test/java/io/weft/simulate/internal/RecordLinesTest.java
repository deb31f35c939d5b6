package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordLinesTest {

    @TempDir
    Path folder;

    @Test
    void blankLinesAreNoRecords() throws IOException {
        assertEquals(3, lines("1\n\n2\n \n3").count());
        assertEquals(0, lines("").count());
    }

    @Test
    void aSampleIsSpreadOverTheWholeFile() throws IOException {
        assertEquals("2\n5\n8\n", spread("1\n2\n3\n4\n5\n6\n7\n8\n9\n", 3));
        assertEquals("2\n4\n", spread("1\n\n2\n3\n4\n", 2));
    }

    @Test
    void aShortFileIsItsOwnSample() throws IOException {
        assertEquals("1\n2\n", spread("1\n2\n", 24));
        assertEquals("", spread("\n", 24));
    }

    @Test
    void bytesAreKept() throws IOException {
        byte[] bytes = "{\"text\": \"織る 🧵\"}\n".getBytes(StandardCharsets.UTF_8);
        Path file = Files.write(folder.resolve("records.jsonl"), bytes);
        new RecordLines(file).spread(1, folder.resolve("sample.jsonl"));
        assertArrayEquals(bytes, Files.readAllBytes(folder.resolve("sample.jsonl")));
    }

    private String spread(String content, int most) throws IOException {
        Path sample = folder.resolve("sample.jsonl");
        long copied = lines(content).spread(most, sample);
        String text = Files.readString(sample);
        assertEquals(text.lines().count(), copied);
        return text;
    }

    private RecordLines lines(String content) throws IOException {
        return new RecordLines(Files.writeString(folder.resolve("records.jsonl"), content));
    }
}
