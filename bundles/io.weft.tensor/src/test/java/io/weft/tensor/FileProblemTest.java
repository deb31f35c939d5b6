package io.weft.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class FileProblemTest {

    @TempDir
    Path folder;

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskIsNamedWithWhatIsNeededAndWhatIsFree() {
        // The device that is always full says what a full disk says.
        IOException full = assertThrows(IOException.class, () -> Files.write(Path.of("/dev/full"), new byte[] {1}));

        IOException told = FileProblem.writing(folder.resolve("rounds/3/global.safetensors"), 5_400_000, full);

        assertTrue(
                told.getMessage()
                        .matches("no space left in " + folder
                                + ": global\\.safetensors takes 5\\.4 MB, and [0-9.]+ [kMGT]?B"
                                + " are free; make room there, or choose a folder on another disk"),
                told.getMessage());
        assertSame(told, FileProblem.writing(folder, 1, told), "what is told is not told again");
        assertEquals(told.getMessage(), FileProblem.words(told));
    }

    @Test
    void whatIsInTheWayIsNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("rounds"), "in the way");
        List<TensorSpec> tensors = List.of(TensorSpec.of("a", DType.F32, Shape.of(2)));

        IOException told =
                assertThrows(IOException.class, () -> Safetensors.create(file.resolve("global.safetensors"), tensors));

        assertEquals(
                file + "/global.safetensors cannot be written: " + file + " is in the way; move it away",
                told.getMessage());
        assertThrows(IOException.class, () -> Durable.write(file.resolve("state.json"), new byte[1]));
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(file), left.toList());
        }
    }

    @Test
    void errorsAreToldWithoutTheNamesOfClasses() {
        assertEquals("there is no a", FileProblem.words(new NoSuchFileException("a")));
        assertEquals(
                "a may not be read or written; change its permissions, or name another place",
                FileProblem.words(new AccessDeniedException("a")));
        assertEquals(
                "a: Read-only file system",
                FileProblem.words(new FileSystemException("a", null, "Read-only file system")));
        assertEquals("broken", FileProblem.words(new IOException("broken")));
    }
}
