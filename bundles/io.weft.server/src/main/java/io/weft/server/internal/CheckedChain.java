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
 * A job's log as one reads it who doubts it: with all that is wrong, where {@link Chain} stops at the first.
 *
 * @param events the lines that can be read
 * @param wrong which lines are missing, or not as they were written, each once and in their order
 */
record CheckedChain(List<Map<?, ?>> events, List<LogFinding> wrong) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NOTHING = Digests.of(new byte[0]);

    CheckedChain {
        events = List.copyOf(events);
        wrong = wrong.stream().distinct().sorted(LogFinding.IN_ORDER).toList();
    }

    /**
     * A line.
     *
     * @param number as it says itself; where it cannot be read, the one that is next
     * @param fields empty where it cannot be read
     */
    private record Line(long number, Optional<Map<?, ?>> fields, String digest) {

        Object previous() {
            return fields.<Object>map(line -> line.get("previous")).orElse("");
        }
    }

    /**
     * Reads a log.
     *
     * @param state what {@code state.json} says; of a job that is over, with which line the log ends
     */
    static CheckedChain read(Path file, Map<?, ?> state) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new Refusal("there is no " + file + ", so there is no job on record in this folder", e);
        }
        List<Line> lines = lines(bytes);
        List<LogFinding> wrong = new ArrayList<>();
        boolean whole = bytes.length > 0 && bytes[bytes.length - 1] == '\n';
        boolean over = state.containsKey(EventLog.LAST);
        if (!whole && over) {
            wrong.add(LogFinding.of(Long.MAX_VALUE, "its last line is not whole"));
        }
        links(lines, state, wrong);
        end(lines, state, wrong);
        return new CheckedChain(
                lines.stream().flatMap(line -> line.fields().stream()).toList(), wrong);
    }

    /** Those that are ended; the rest of one was left by a process that was killed. */
    private static List<Line> lines(byte[] bytes) {
        List<Line> lines = new ArrayList<>();
        int begin = 0;
        for (int end = 0; end < bytes.length; end++) {
            if (bytes[end] == '\n') {
                byte[] text = Arrays.copyOfRange(bytes, begin, end);
                Optional<Map<?, ?>> fields = fields(text);
                long next = lines.isEmpty() ? 1 : lines.get(lines.size() - 1).number() + 1;
                long number = fields.filter(line -> line.get("n") instanceof Number)
                        .map(line -> ((Number) line.get("n")).longValue())
                        .orElse(next);
                lines.add(new Line(number, fields, Digests.of(text)));
                begin = end + 1;
            }
        }
        return lines;
    }

    private static Optional<Map<?, ?>> fields(byte[] line) {
        try {
            return Optional.ofNullable(JSON.readValue(new String(line, StandardCharsets.UTF_8), Map.class));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static void links(List<Line> lines, Map<?, ?> state, List<LogFinding> wrong) {
        long before = 0;
        String digest = NOTHING;
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i);
            boolean next = line.number() == before + 1;
            if (!next && line.number() > before) {
                wrong.add(LogFinding.missing(before + 1, line.number() - 1));
            } else if (!next) {
                wrong.add(LogFinding.of(
                        line.number(),
                        "line " + line.number() + " stands behind line " + before + ", where it does not belong"));
            } else if (!digest.equals(line.previous())) {
                // What follows the line vouches for it: then it is the one before that was changed.
                boolean vouchedFor = before > 0 && vouchedFor(lines, i, state);
                wrong.add(LogFinding.changed(vouchedFor ? before : line.number()));
            }
            before = line.number();
            digest = line.digest();
        }
    }

    private static boolean vouchedFor(List<Line> lines, int at, Map<?, ?> state) {
        String digest = lines.get(at).digest();
        return at + 1 < lines.size()
                ? digest.equals(lines.get(at + 1).previous())
                : !state.containsKey(EventLog.LAST) || digest.equals(state.get(EventLog.LAST));
    }

    private static void end(List<Line> lines, Map<?, ?> state, List<LogFinding> wrong) {
        if (!(state.get(EventLog.LINES) instanceof Number written)) {
            return;
        }
        long there = lines.isEmpty() ? 0 : lines.get(lines.size() - 1).number();
        if (there < written.longValue()) {
            wrong.add(LogFinding.missing(there + 1, written.longValue()));
        }
        lines.stream()
                .filter(line ->
                        line.number() == written.longValue() && !line.digest().equals(state.get(EventLog.LAST)))
                .map(line -> LogFinding.changed(line.number()))
                .forEach(wrong::add);
    }
}
