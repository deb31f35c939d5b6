package io.weft.tensor;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Says what went wrong with a file for the person who has the disk, in one line. */
public final class FileProblem {

    private FileProblem() {}

    /** An error whose message says everything. */
    private static final class Told extends IOException {

        private static final long serialVersionUID = 1L;

        Told(String message, IOException cause) {
            super(message, cause);
        }
    }

    /**
     * What to throw when a file could not be written: it names the file, and on a full disk, as a {@link DiskFull}, what is needed and what
     * is free.
     *
     * @param bytes what the whole file takes
     */
    public static IOException writing(Path file, long bytes, IOException cause) {
        if (cause instanceof Told || cause instanceof DiskFull || cause instanceof ClosedChannelException) {
            return cause;
        }
        Path folder = existing(file.toAbsolutePath().getParent());
        long free = free(folder);
        if (isFull(cause) || free < bytes) {
            return new DiskFull(
                    "no space left in " + folder + ": " + file.getFileName() + " takes " + size(bytes) + ", and "
                            + size(free) + " are free; make room there, or choose a folder on another disk",
                    folder,
                    bytes,
                    cause);
        }
        return new Told(file + " cannot be written: " + words(cause), cause);
    }

    /**
     * The full disk that a problem tells of; empty for any other.
     *
     * @param file that was to be written, where the problem does not say which
     */
    public static Optional<DiskFull> full(Path file, IOException problem) {
        return writing(file, 0, problem) instanceof DiskFull full ? Optional.of(full) : Optional.empty();
    }

    /** What an error says to who reads it, without the names of Java's classes where that can be. */
    public static String words(IOException problem) {
        if (problem instanceof Told || problem instanceof DiskFull) {
            return problem.getMessage();
        }
        if (problem instanceof NoSuchFileException missing) {
            return "there is no " + missing.getFile();
        }
        if (problem instanceof AccessDeniedException denied) {
            return denied.getFile() + " may not be read or written; change its permissions, or name another place";
        }
        if (problem instanceof FileAlreadyExistsException there) {
            return there.getFile() + " is in the way; move it away";
        }
        if (problem instanceof NotDirectoryException file) {
            return file.getFile() + " is no folder";
        }
        if (problem instanceof FileSystemException other && other.getReason() != null) {
            return other.getFile() + ": " + other.getReason();
        }
        return problem.getMessage() == null ? problem.toString() : problem.getMessage();
    }

    private static boolean isFull(IOException cause) {
        String said = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        return said.contains("no space left") || said.contains("quota exceeded") || said.contains("not enough space");
    }

    private static Path existing(Path folder) {
        Path there = folder;
        while (there.getParent() != null && !Files.isDirectory(there)) {
            there = there.getParent();
        }
        return there;
    }

    /** As much as any file takes where it cannot be known. */
    private static long free(Path folder) {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    private static String size(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double value = bytes;
        String unit = "";
        for (String next : new String[] {"kB", "MB", "GB", "TB"}) {
            if (value < 1000) {
                break;
            }
            value /= 1000;
            unit = next;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, unit);
    }
}
