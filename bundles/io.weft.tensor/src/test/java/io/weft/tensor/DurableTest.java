package io.weft.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableTest {

    @TempDir
    private Path folder;

    @Test
    void aFileIsReplacedWholeAndNothingElseIsLeft() throws IOException {
        Path file = folder.resolve("state.json");
        Durable.write(file, "old".getBytes(StandardCharsets.UTF_8));
        Durable.write(file, "new".getBytes(StandardCharsets.UTF_8));
        assertEquals("new", Files.readString(file));
        assertEquals(List.of(file), entries());
    }

    @Test
    void aWriteThatCannotBeFinishedLeavesNothing() throws IOException {
        Path occupied = Files.createDirectories(folder.resolve("state.json/inner"));
        assertThrows(IOException.class, () -> Durable.write(occupied.getParent(), new byte[1]));
        assertEquals(List.of(occupied.getParent()), entries());
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        }
    }
}
