package io.weft.tensor;

import java.io.IOException;
import java.nio.file.Path;

/** A file does not fit where it belongs. The message says where, what is needed, what is free, and what to do. */
public final class DiskFull extends IOException {

    private static final long serialVersionUID = 1L;

    private final String folder;
    private final long bytes;

    DiskFull(String message, Path folder, long bytes, IOException cause) {
        super(message, cause);
        this.folder = folder.toString();
        this.bytes = bytes;
    }

    /** Where there is no room; it exists. */
    public Path folder() {
        return Path.of(folder);
    }

    /** What the whole file takes. */
    public long bytes() {
        return bytes;
    }
}
