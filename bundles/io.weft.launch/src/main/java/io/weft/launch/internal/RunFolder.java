package io.weft.launch.internal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A process's own folder under {@code data/run}, where its framework keeps its cache: two frameworks on one cache destroy each
 * other's without a word.
 *
 * <p>A folder lives as long as somebody holds the lock in it. A process id alone would not tell: it is used again, and means
 * something else in another container on the same home.
 */
final class RunFolder implements AutoCloseable {

    private static final String LOCK = "lock";

    private final Path folder;
    private final FileChannel life;

    private RunFolder(Path folder, FileChannel life) {
        this.folder = folder;
        this.life = life;
    }

    /** Makes the folder of this process and removes those whose processes are gone. */
    static RunFolder open(Path runs, long process) throws IOException {
        Files.createDirectories(runs);
        try (FileChannel door = lock(runs)) {
            removeAbandoned(runs);
            Path folder = runs.resolve(Long.toString(process));
            for (int again = 2; Files.exists(folder); again++) {
                folder = runs.resolve(process + "-" + again);
            }
            Files.createDirectory(folder, CommandSocket.ownersAlone(folder));
            return new RunFolder(folder, lock(folder));
        }
    }

    Path path() {
        return folder;
    }

    @Override
    public void close() throws IOException {
        try (FileChannel door = lock(folder.getParent());
                life) {
            remove(folder);
        }
    }

    /**
     * Waits for the lock of a folder. The one of the folder of all runs is held while folders are made and removed, so that nobody
     * removes one between its making and its locking.
     */
    private static FileChannel lock(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        channel.lock();
        return channel;
    }

    private static void removeAbandoned(Path runs) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(runs, Files::isDirectory)) {
            for (Path folder : folders) {
                if (isAbandoned(folder)) {
                    remove(folder);
                }
            }
        }
    }

    private static boolean isAbandoned(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    private static void remove(Path folder) throws IOException {
        new CommandSocket(folder).remove();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
