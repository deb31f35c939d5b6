package io.weft.server.internal;

import io.weft.exchange.Message;
import io.weft.tensor.Digests;
import io.weft.tensor.Durable;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What happened in a job, one JSON object a line, only ever appended. Each line has the SHA-256 of the line before it (of nothing
 * for the first), so that no line can be changed or taken out without a trace. It is what a job is resumed from: the first line is
 * what the job began with, and nothing counts as done that is not in here.
 */
final class EventLog implements AutoCloseable {

    /** In {@code state.json} of a job that is over: how many lines its log has. */
    static final String LINES = "lines";

    /** In {@code state.json} of a job that is over: the SHA-256 of its log's last line. */
    static final String LAST = "last";

    private final Path file;
    private final FileChannel channel;
    private final Clock clock;
    private final JobTime time;
    private final Object forcing = new Object();
    private String previous;
    private long number;
    private long length;
    private long forced;

    private EventLog(
            Path file, FileChannel channel, Clock clock, JobTime time, String previous, long number, long length) {
        this.file = file;
        this.channel = channel;
        this.clock = clock;
        this.time = time;
        this.previous = previous;
        this.number = number;
        this.length = length;
    }

    /** Begins a log: its file is there with the first line or not at all. */
    static EventLog begin(Path file, Clock clock, JobTime time, Map<String, ?> details) throws IOException {
        byte[] line = line(1, clock, time, Chain.BEGUN, details, Digests.of(new byte[0]));
        Durable.write(file, ended(line));
        return new EventLog(
                file,
                FileChannel.open(file, StandardOpenOption.WRITE),
                clock,
                time,
                Digests.of(line),
                1,
                line.length + 1L);
    }

    /** Goes on behind the last whole line of a log; the rest of one that was never finished is cut off. */
    static EventLog goOn(Path file, Chain chain, Clock clock, JobTime time) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        try {
            channel.truncate(chain.length());
            return new EventLog(
                    file, channel, clock, time, chain.last(), chain.events().size(), chain.length());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Appends an event and makes it durable, with all before it; what comes while the disk is busy becomes durable at once. */
    void append(String event, Map<String, ?> details) throws IOException {
        long end;
        synchronized (this) {
            write(event, details);
            end = length;
        }
        synchronized (forcing) {
            if (forced < end) {
                force();
            }
        }
    }

    private void force() throws IOException {
        long written = length();
        try {
            channel.force(false);
        } catch (IOException e) {
            throw FileProblem.writing(file, written, e);
        }
        forced = written;
    }

    private synchronized long length() {
        return length;
    }

    /** Appends an event that becomes durable with the next one. */
    synchronized void tell(String event, Map<String, ?> details) throws IOException {
        write(event, details);
    }

    /** With which line it ends now: its number, and its SHA-256. */
    synchronized Map<String, Object> end() {
        return Map.of(LINES, number, LAST, previous);
    }

    private void write(String event, Map<String, ?> details) throws IOException {
        byte[] line = line(number + 1, clock, time, event, details, previous);
        ByteBuffer remaining = ByteBuffer.wrap(ended(line));
        try {
            long position = length;
            while (remaining.hasRemaining()) {
                position += channel.write(remaining, position);
            }
        } catch (IOException e) {
            channel.truncate(length);
            throw FileProblem.writing(file, length + remaining.capacity(), e);
        }
        number++;
        length += remaining.capacity();
        previous = Digests.of(line);
    }

    private static byte[] ended(byte[] line) {
        byte[] ended = Arrays.copyOf(line, line.length + 1);
        ended[line.length] = '\n';
        return ended;
    }

    private static byte[] line(
            long number, Clock clock, JobTime time, String event, Map<String, ?> details, String previous) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("n", number);
        line.put("time", clock.instant().toString());
        line.put("elapsed", Math.round(time.seconds() * 1000) / 1000.0);
        line.put("event", event);
        line.putAll(details);
        line.put("previous", previous);
        return JobFolder.line(line).getBytes(StandardCharsets.UTF_8);
    }

    /** A site could not do what it was asked in a round; round 0 is its preparation. */
    void siteFailed(int round, String site, String reason, Optional<Message.Pulled> received) throws IOException {
        append(
                LogEntry.Uncounted.FAILED,
                new LogEntry.Uncounted(false, round, site, reason, Map.of(), received).describe());
    }

    /** A round ended without a site, or that site's update came after the round had ended. */
    void late(int round, String site, String reason, Map<String, ?> values, Optional<Message.Pulled> received)
            throws IOException {
        append(LogEntry.Uncounted.LATE, new LogEntry.Uncounted(true, round, site, reason, values, received).describe());
    }

    /** A site holds a plugin. */
    void lease(int round, String site, Message.WireLease lease) throws IOException {
        lease(round, Optional.of(site), lease.kind(), lease.name(), lease.bundle(), lease.version(), lease.sha256());
    }

    /** The server, or a site, holds a plugin. It becomes durable with the step that the plugin is held for. */
    void lease(int round, Optional<String> site, String kind, String name, String bundle, String version, String sha256)
            throws IOException {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("round", round);
        site.ifPresent(where -> details.put("site", where));
        details.put("kind", kind);
        details.put("name", name);
        details.put("bundle", bundle);
        details.put("version", version);
        details.put("sha256", sha256);
        tell("lease", details);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
