package io.weft.tensor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes that are whole or absent after a crash: written beside their place, made durable, then renamed into it. */
public final class Durable {

    private Durable() {}

    /** A new hidden name in the same folder as {@code target}, for what shall be {@linkplain #rename renamed} to it. */
    public static Path beside(Path target) {
        Path name = target.toAbsolutePath().getFileName();
        return target.toAbsolutePath().resolveSibling("." + name + "." + UUID.randomUUID() + ".partial");
    }

    /** Writes a small file and renames it to {@code target}, replacing a file that is there. */
    public static void write(Path target, byte[] content) throws IOException {
        Path partial = beside(target);
        try {
            try (FileChannel channel =
                    FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                ByteBuffer remaining = ByteBuffer.wrap(content);
                while (remaining.hasRemaining()) {
                    channel.write(remaining);
                }
                channel.force(true);
            }
            rename(partial, target);
        } catch (IOException e) {
            throw FileProblem.writing(target, content.length, e);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    /** Renames a file or folder whose contents are already durable, atomically, and makes the new name durable. */
    public static void rename(Path partial, Path target) throws IOException {
        try {
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            boolean inTheWay = Files.exists(target) && (Files.isDirectory(partial) || Files.isDirectory(target));
            throw FileProblem.writing(target, 0, inTheWay ? new FileAlreadyExistsException(target.toString()) : e);
        }
        syncFolder(target.toAbsolutePath().getParent());
    }

    /** Makes the names in a folder durable, where the platform can. */
    public static void syncFolder(Path folder) throws IOException {
        if (!folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return; // Windows cannot open a folder, and journals its names by itself.
        }
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
