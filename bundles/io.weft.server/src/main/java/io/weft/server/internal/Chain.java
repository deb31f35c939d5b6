package io.weft.server.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.plugin.Refusal;
import io.weft.tensor.Digests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The lines of an event log that are whole and chained, as they were read from its file.
 *
 * @param events each line's fields
 * @param length bytes of these lines; what a killed process left of one more lies behind
 * @param last the SHA-256 of the last line, of nothing when there is none
 */
record Chain(List<Map<?, ?>> events, long length, String last) {

    /** The version of the log's events. */
    static final int VERSION = 1;

    static final String BEGUN = "submitted";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NOTHING = Digests.of(new byte[0]);

    Chain {
        events = List.copyOf(events);
    }

    /**
     * Reads a log. A last line that is not whole is left out: whoever wrote it was killed.
     *
     * @throws Refusal when a line in the middle is not the one that was written, or another version of Weft wrote the log
     */
    static Chain read(Path file) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new Refusal("there is no " + file + ", so there is no job to resume in this folder", e);
        }
        List<Map<?, ?>> events = new ArrayList<>();
        String last = NOTHING;
        int begin = 0;
        for (int end = lineEnd(bytes, begin); end >= 0; end = lineEnd(bytes, begin)) {
            byte[] line = Arrays.copyOfRange(bytes, begin, end);
            Optional<Map<?, ?>> event = chained(line, last);
            if (event.isEmpty()) {
                if (end + 1 == bytes.length) {
                    break;
                }
                throw new Refusal(file + ":" + (events.size() + 1)
                        + ": this line or the one before it is not as it was written; put the file back as it was, or"
                        + " start the job anew");
            }
            events.add(event.get());
            last = Digests.of(line);
            begin = end + 1;
        }
        checkVersion(file, events);
        return new Chain(events, begin, last);
    }

    private static int lineEnd(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private static Optional<Map<?, ?>> chained(byte[] line, String previous) {
        try {
            Map<?, ?> event = JSON.readValue(new String(line, StandardCharsets.UTF_8), Map.class);
            return Optional.<Map<?, ?>>ofNullable(event).filter(fields -> previous.equals(fields.get("previous")));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static void checkVersion(Path file, List<Map<?, ?>> events) {
        if (events.isEmpty()) {
            throw new Refusal(file + " has no whole line, so the job never began; start it anew");
        }
        Map<?, ?> first = events.get(0);
        if (!BEGUN.equals(first.get("event"))) {
            throw new Refusal(
                    file + ":1: an older Weft wrote this log, which does not say how to go on; start the job anew");
        }
        if (!Integer.valueOf(VERSION).equals(first.get("version"))) {
            throw new Refusal(file + ":1: the log has version " + first.get("version") + ", this Weft knows " + VERSION
                    + "; resume the job with the Weft that began it");
        }
    }

    /** What the job began with. */
    Map<?, ?> begun() {
        return events.get(0);
    }

    /** How long the job has run so far. */
    double seconds() {
        return events.get(events.size() - 1).get("elapsed") instanceof Number seconds ? seconds.doubleValue() : 0;
    }
}
