package io.weft.server.status.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineTailTest {

    @TempDir
    Path folder;

    private final List<String> seen = new ArrayList<>();
    private Path file;
    private LineTail tail;

    @BeforeEach
    void open() {
        file = folder.resolve("metrics.jsonl");
        tail = new LineTail(file);
    }

    @Test
    void aFileThatIsNotThereYetHasNoLines() throws Exception {
        assertEquals(List.of(), read());
    }

    @Test
    void onlyWhatIsNewIsRead() throws Exception {
        append("one\ntwo\n");
        assertEquals(List.of("anew", "one", "two"), read());
        assertEquals(List.of(), read());
        append("three\n");
        assertEquals(List.of("three"), read());
    }

    @Test
    void aLineIsReadWhenItIsWhole() throws Exception {
        append("one\ntw");
        assertEquals(List.of("anew", "one"), read());
        append("o\n");
        assertEquals(List.of("two"), read());
    }

    @Test
    void longLinesAreReadWhole() throws Exception {
        String line = "ü".repeat(100_000);
        append(line + "\nshort\n");
        assertEquals(List.of("anew", line, "short"), read());
    }

    @Test
    void aFileThatReplacesItIsReadFromItsBeginning() throws Exception {
        append("one\ntwo\n");
        read();
        Path other = folder.resolve("other");
        Files.writeString(other, "one\ntwo\nthree\n");
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);

        assertEquals(List.of("anew", "one", "two", "three"), read());
    }

    private void append(String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private List<String> read() throws IOException {
        seen.clear();
        tail.read(() -> seen.add("anew"), seen::add);
        return List.copyOf(seen);
    }
}
