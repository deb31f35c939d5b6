package io.weft.launch.internal;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.Set;

/**
 * Where a process takes command lines of other processes in its home: a Unix-domain socket in its run folder, and beside it the
 * words that it answers. Only who owns the folder gets at it.
 *
 * <p>The address of such a socket has room for some hundred bytes. Below a home with a longer path the socket lies in a temporary
 * folder, and a link to it in the run folder.
 */
record CommandSocket(Path folder) {

    private static final String SOCKET = "commands.socket";
    private static final String WORDS = "commands.words";
    private static final String ELSEWHERE = "weft-";

    /** Linux has room for 107 bytes, macOS for 103. */
    private static final int LONGEST = 100;

    /** As many may wait for an answer. */
    private static final int BACKLOG = 50;

    /** What makes a folder that nobody else looks into, where the file system knows owners. */
    static FileAttribute<?>[] ownersAlone(Path parent) {
        return knowsOwners(parent)
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    /** Listens, and says which words are answered. */
    ServerSocketChannel open(Collection<String> words) throws IOException {
        Path place = place();
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(UnixDomainSocketAddress.of(place), BACKLOG);
            if (knowsOwners(place)) {
                Files.setPosixFilePermissions(
                        place, Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
            }
            // Last and at once: who sees the words finds somebody who listens.
            Path written = Files.write(folder.resolve(WORDS + ".new"), words, StandardCharsets.UTF_8);
            Files.move(written, folder.resolve(WORDS), StandardCopyOption.ATOMIC_MOVE);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            remove();
            throw e;
        }
    }

    private Path place() throws IOException {
        Path here = folder.resolve(SOCKET);
        if (here.toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST) {
            return here;
        }
        Path elsewhere = Files.createTempDirectory(ELSEWHERE).resolve(SOCKET);
        Files.createSymbolicLink(here, elsewhere);
        return elsewhere;
    }

    /** The words that are answered here; none where nobody listens. */
    Set<String> words() throws IOException {
        try {
            return Set.copyOf(Files.readAllLines(folder.resolve(WORDS), StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return Set.of();
        }
    }

    /** Since when they are answered, in milliseconds of the system's clock. */
    long since() throws IOException {
        try {
            return Files.getLastModifiedTime(folder.resolve(WORDS)).toMillis();
        } catch (NoSuchFileException e) {
            return Long.MAX_VALUE; // It has just ended.
        }
    }

    /** Where one connects. */
    UnixDomainSocketAddress address() throws IOException {
        Path here = folder.resolve(SOCKET);
        return UnixDomainSocketAddress.of(Files.isSymbolicLink(here) ? Files.readSymbolicLink(here) : here);
    }

    /** Removes what listening leaves behind, in the run folder and elsewhere. */
    void remove() throws IOException {
        Files.deleteIfExists(folder.resolve(WORDS));
        Path here = folder.resolve(SOCKET);
        if (Files.isSymbolicLink(here)) {
            Path elsewhere = Files.readSymbolicLink(here);
            Path own = elsewhere.getParent();
            if (own != null && own.getFileName().toString().startsWith(ELSEWHERE)) {
                Files.deleteIfExists(elsewhere);
                Files.deleteIfExists(own);
            }
        }
        Files.deleteIfExists(here);
    }

    private static boolean knowsOwners(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
