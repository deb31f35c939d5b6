package io.weft.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The room that a job waits for. What is free once the job rests was too little, however much that is: several files may have been written
 * at once. So it is waited for as much more as the file takes that found no room.
 *
 * @param folder on the disk
 * @param bytes that must be free
 */
public record MissingRoom(Path folder, long bytes) {

    /** A file takes a block at least, and the records of a job some. */
    private static final long LEAST = 64 << 10;

    /** What is to be waited for when a file found no room; what wrote it rests. */
    public static MissingRoom after(DiskFull full) {
        long more = Math.max(full.bytes(), LEAST);
        return new MissingRoom(full.folder(), free(full.folder()) + more);
    }

    /** Whether there is so much now. */
    public boolean isThere() {
        return free(folder) >= bytes;
    }

    private static long free(Path folder) {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            return 0; // the disk is not there at all
        }
    }
}
