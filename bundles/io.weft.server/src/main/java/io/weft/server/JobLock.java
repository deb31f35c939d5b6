package io.weft.server;

import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The right to write in a job's folder, which one process has at a time. It is a lock of the operating system on a file in the folder,
 * so it is free again as soon as its holder is gone, however that ended. The file says in words who the holder is.
 */
public final class JobLock implements AutoCloseable {

    /** The file's name. */
    public static final String FILE = ".lock";

    /** Behind all that the file will ever have, because where locks are mandatory nobody else may read what is locked. */
    private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

    private static final int LONGEST_COMMAND = 200;

    private final Path file;
    private final FileChannel channel;

    private JobLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the lock of an existing folder.
     *
     * @throws Refusal when another process has it, naming that
     */
    public static JobLock take(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (!locked(channel)) {
                throw new Refusal(folder + " is held by " + holder(file)
                        + "; wait until that has ended, or stop it, and try again");
            }
            write(channel);
            return new JobLock(file, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // by this very process
        }
    }

    private static void write(FileChannel channel) throws IOException {
        ProcessHandle self = ProcessHandle.current();
        Instant since = self.info().startInstant().orElseGet(Instant::now).truncatedTo(ChronoUnit.SECONDS);
        String text = "process: " + self.pid() + "\nhost: " + host() + "\nsince: " + since + "\ncommand: "
                + command(self.info()) + "\n";
        channel.truncate(0);
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (IOException e) {
            return "this host";
        }
    }

    /** What was typed, so far as the process knows it: the words behind the main class. */
    private static String command(ProcessHandle.Info info) {
        List<String> words = info.arguments().map(List::of).orElse(List.of());
        int main = 0;
        for (int i = 0; i < words.size(); i++) {
            if (words.get(i).startsWith("io.weft.launch.")) {
                main = i + 1;
            }
        }
        String line = main > 0
                ? "weft " + words.stream().skip(main).collect(Collectors.joining(" "))
                : info.command().orElse("unknown");
        String one = line.replaceAll("\\s+", " ");
        return one.length() > LONGEST_COMMAND ? one.substring(0, LONGEST_COMMAND) + "…" : one;
    }

    private static String holder(Path file) {
        Optional<String> written;
        try {
            written = Optional.of(Files.readString(file, StandardCharsets.UTF_8).strip());
        } catch (IOException e) {
            written = Optional.empty();
        }
        return written.filter(text -> !text.isEmpty())
                .map(text -> text.lines().collect(Collectors.joining(", ")))
                .orElse("another process");
    }

    /** Gives the lock back, and takes its file away: nothing will be written here any more. */
    public void release() throws IOException {
        try (channel) {
            Files.deleteIfExists(file);
        }
    }

    /** Gives the lock back. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
