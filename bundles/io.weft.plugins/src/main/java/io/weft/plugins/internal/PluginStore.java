package io.weft.plugins.internal;

import io.weft.tensor.Digests;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder with this home's copies of the plugin jars in force, each named after its SHA-256. Nobody reads a copy after its bundle
 * is installed, so processes that share a home may remove each other's.
 */
final class PluginStore {

    private static final Logger LOG = LoggerFactory.getLogger(PluginStore.class);

    private static final String SUFFIX = ".jar";
    private static final String PART = ".part";

    /** Of this process, whose id comes before it in the names of copies that are being made. */
    private static final AtomicLong COPIES = new AtomicLong();

    private final Path folder;

    PluginStore(Path folder) {
        this.folder = folder;
    }

    /** Copies a jar and digests the copy on the way, so that what was looked at is what gets installed. */
    Copy copy(Path jar) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw FileProblem.writing(folder.resolve(jar.getFileName()), Files.size(jar), e);
        }
        Path part = folder.resolve(ProcessHandle.current().pid() + "-" + COPIES.incrementAndGet() + PART);
        MessageDigest digest = Digests.sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(jar), digest)) {
            copy(in, part, Files.size(jar));
        } catch (IOException e) {
            Files.deleteIfExists(part);
            throw e;
        }
        return new Copy(part, Digests.hex(digest));
    }

    private static void copy(InputStream jar, Path part, long size) throws IOException {
        try {
            Files.copy(jar, part, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw FileProblem.writing(part, size, e);
        }
    }

    void remove(String sha256) throws IOException {
        Files.deleteIfExists(folder.resolve(sha256 + SUFFIX));
    }

    /** Removes what earlier processes left, but for the jars in force. */
    void sweep(Set<String> inForce) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                boolean stale = name.endsWith(SUFFIX) && !inForce.contains(stem(name, SUFFIX));
                boolean abandoned = name.endsWith(PART) && !isAlive(stem(name, PART));
                if (stale || abandoned) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            LOG.warn("{} was not cleaned: {}", folder, e.toString());
        }
    }

    private static String stem(String name, String suffix) {
        return name.substring(0, name.length() - suffix.length());
    }

    private static boolean isAlive(String part) {
        try {
            return ProcessHandle.of(Long.parseLong(part.split("-", 2)[0])).isPresent();
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** A copy that is removed again unless it is kept. */
    final class Copy implements AutoCloseable {

        private final Path part;
        private final String sha256;

        private Copy(Path part, String sha256) {
            this.part = part;
            this.sha256 = sha256;
        }

        Path file() {
            return part;
        }

        String sha256() {
            return sha256;
        }

        void keep() throws IOException {
            Files.move(part, folder.resolve(sha256 + SUFFIX), StandardCopyOption.ATOMIC_MOVE);
        }

        @Override
        public void close() throws IOException {
            Files.deleteIfExists(part);
        }
    }
}
