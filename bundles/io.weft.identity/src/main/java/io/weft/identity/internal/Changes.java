package io.weft.identity.internal;

import io.weft.tensor.Durable;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Files that appear in a folder all together or not at all. They are first written to a folder beside their places; renaming that
 * one is the moment from which they count. Whoever opens the folder next completes what was interrupted after it.
 */
final class Changes {

    private static final String WRITTEN = ".written";
    private static final String WRITING = ".writing.partial";

    private static final Set<PosixFilePermission> OWNER_FILE =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final Set<PosixFilePermission> OWNER_FOLDER = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private final Path folder;
    private final Map<Path, byte[]> files = new LinkedHashMap<>();
    private final Set<Path> secret = new HashSet<>();

    private Changes(Path folder) {
        this.folder = folder;
    }

    /** No changes yet. What an earlier process left half-done in the folder is completed or removed first. */
    static Changes in(Path folder) throws IOException {
        if (Files.isDirectory(folder.resolve(WRITTEN))) {
            putInPlace(folder);
        }
        remove(folder.resolve(WRITING));
        return new Changes(folder);
    }

    /** Writes or replaces a file. */
    void write(String path, byte[] content) {
        files.put(Path.of(path), content);
    }

    /** Writes or replaces a file that only its owner may read. */
    void writeSecret(String path, byte[] content) {
        write(path, content);
        secret.add(Path.of(path));
    }

    /** Makes the changes. */
    void commit() throws IOException {
        if (files.isEmpty()) {
            return;
        }
        Path writing = folder.resolve(WRITING);
        try {
            createFolder(writing);
            for (Map.Entry<Path, byte[]> file : files.entrySet()) {
                write(writing.resolve(file.getKey()), file.getValue(), secret.contains(file.getKey()));
            }
            Durable.rename(writing, folder.resolve(WRITTEN));
        } finally {
            remove(writing);
        }
        putInPlace(folder);
    }

    private static void write(Path file, byte[] content, boolean secret) throws IOException {
        createFolder(file.getParent());
        try (FileChannel channel = FileChannel.open(
                file,
                EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                secret ? only(file, OWNER_FILE) : new FileAttribute<?>[0])) {
            ByteBuffer remaining = ByteBuffer.wrap(content);
            while (remaining.hasRemaining()) {
                channel.write(remaining);
            }
            channel.force(true);
        } catch (IOException e) {
            throw FileProblem.writing(file, content.length, e);
        }
    }

    /** Every file is where it was or where it shall be, so this may be interrupted and begun again. */
    private static void putInPlace(Path folder) throws IOException {
        Path written = folder.resolve(WRITTEN);
        List<Path> waiting;
        try (Stream<Path> entries = Files.walk(written)) {
            waiting = entries.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : waiting) {
            Path target = folder.resolve(written.relativize(file));
            createFolder(target.getParent());
            Files.move(file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Durable.syncFolder(target.getParent());
        }
        remove(written);
    }

    /** Makes a folder that only its owner may open, as kits hold keys. */
    static void createFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            createFolder(folder.toAbsolutePath().getParent());
            Files.createDirectory(folder, only(folder, OWNER_FOLDER));
        }
    }

    private static FileAttribute<?>[] only(Path place, Set<PosixFilePermission> permissions) {
        return place.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
                : new FileAttribute<?>[0];
    }

    private static void remove(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> entries = Files.walk(tree)) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(entry);
            }
        }
    }
}
