package io.weft.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MissingRoomTest {

    private static final long MORE_THAN_ANY_DISK_HAS = Long.MAX_VALUE / 4;

    @TempDir
    Path folder;

    @Test
    void isNotThereUntilAsMuchMoreIsFreeAsTheFileTakes() {
        DiskFull full = assertInstanceOf(
                DiskFull.class,
                FileProblem.writing(
                        folder.resolve("model.safetensors"),
                        MORE_THAN_ANY_DISK_HAS,
                        new IOException("File too large")));
        MissingRoom room = MissingRoom.after(full);
        assertEquals(folder, room.folder());
        assertTrue(room.bytes() >= MORE_THAN_ANY_DISK_HAS, room.toString());
        assertFalse(room.isThere());
    }

    @Test
    void isThereWhenEnoughIsFree() {
        assertTrue(new MissingRoom(folder, 0).isThere());
    }

    @Test
    void isNotThereWhileTheDiskIsNot() {
        assertFalse(new MissingRoom(folder.resolve("unmounted"), 1).isThere());
    }
}
