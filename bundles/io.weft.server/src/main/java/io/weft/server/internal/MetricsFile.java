package io.weft.server.internal;

import io.weft.tensor.Durable;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * {@code metrics.jsonl}: one JSON object a line, with {@code round}, {@code site} (absent for the server) and {@code kind}. It only
 * shows what the event log has: when a job is resumed it is written anew from that.
 */
final class MetricsFile implements AutoCloseable {

    private final Path file;
    private final StringBuilder earlier = new StringBuilder();
    private Optional<FileChannel> channel = Optional.empty();

    /** Keeps lines in memory until it is {@linkplain #start() started}. */
    MetricsFile(Path file) {
        this.file = file;
    }

    /** Replaces the file by the lines so far, and appends the next ones as they come. */
    synchronized void start() throws IOException {
        Durable.write(file, earlier.toString().getBytes(StandardCharsets.UTF_8));
        earlier.setLength(0);
        channel = Optional.of(FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND));
    }

    synchronized void add(int round, Optional<String> site, String kind, Map<String, ?> values) throws IOException {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("round", round);
        site.ifPresent(name -> line.put("site", name));
        line.put("kind", kind);
        line.putAll(values);
        String text = JobFolder.line(line) + "\n";
        if (channel.isEmpty()) {
            earlier.append(text);
            return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        try {
            while (bytes.hasRemaining()) {
                channel.get().write(bytes);
            }
        } catch (IOException e) {
            throw FileProblem.writing(file, bytes.capacity(), e);
        }
    }

    /** Makes all lines so far outlive a crash of the machine. */
    synchronized void force() throws IOException {
        if (channel.isPresent()) {
            channel.get().force(true);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (channel.isPresent()) {
            channel.get().close();
        }
    }
}
