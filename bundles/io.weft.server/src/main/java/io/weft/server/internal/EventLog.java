package io.weft.server.internal;

import io.weft.exchange.Message;
import io.weft.tensor.Digests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What happened in a job, one JSON object a line, only ever appended. Each line has the SHA-256 of the line before it (of nothing
 * for the first), so that no line can be changed or taken out without a trace.
 */
final class EventLog implements AutoCloseable {

    private final FileChannel channel;
    private final Clock clock;
    private String previous = Digests.of(new byte[0]);
    private long number;

    private EventLog(FileChannel channel, Clock clock) {
        this.channel = channel;
        this.clock = clock;
    }

    static EventLog create(Path file, Clock clock) throws IOException {
        return new EventLog(FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), clock);
    }

    /** Appends an event and makes it durable, with all before it. */
    synchronized void append(String event, Map<String, ?> details) throws IOException {
        write(event, details);
        channel.force(false);
    }

    private void write(String event, Map<String, ?> details) throws IOException {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("n", ++number);
        line.put("time", clock.instant().toString());
        line.put("event", event);
        line.putAll(details);
        line.put("previous", previous);
        byte[] bytes = JobFolder.line(line).getBytes(StandardCharsets.UTF_8);
        previous = Digests.of(bytes);
        ByteBuffer remaining = ByteBuffer.allocate(bytes.length + 1)
                .put(bytes)
                .put((byte) '\n')
                .flip();
        while (remaining.hasRemaining()) {
            channel.write(remaining);
        }
    }

    /** A site could not do what it was asked in a round; round 0 is its preparation. */
    void siteFailed(int round, String site, String reason) throws IOException {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("round", round);
        details.put("site", site);
        details.put("reason", reason);
        append("site-failed", details);
    }

    /** A round ended without a site, or that site's update came after the round had ended. */
    void late(int round, String site, Map<String, ?> values) throws IOException {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("round", round);
        details.put("site", site);
        details.putAll(values);
        append("late", details);
    }

    /** A site holds a plugin. */
    void lease(int round, String site, Message.WireLease lease) throws IOException {
        lease(round, Optional.of(site), lease.kind(), lease.name(), lease.bundle(), lease.version(), lease.sha256());
    }

    /** The server, or a site, holds a plugin. It becomes durable with the step that the plugin is held for. */
    synchronized void lease(
            int round, Optional<String> site, String kind, String name, String bundle, String version, String sha256)
            throws IOException {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("round", round);
        site.ifPresent(where -> details.put("site", where));
        details.put("kind", kind);
        details.put("name", name);
        details.put("bundle", bundle);
        details.put("version", version);
        details.put("sha256", sha256);
        write("lease", details);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
