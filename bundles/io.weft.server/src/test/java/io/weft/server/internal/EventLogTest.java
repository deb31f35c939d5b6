package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.tensor.Digests;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventLogTest {

    @TempDir
    Path folder;

    @Test
    void chainsEveryLineToTheOneBefore() throws Exception {
        Path file = folder.resolve("events.jsonl");
        Clock clock = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
        try (EventLog events = EventLog.begin(file, clock, new JobTime(0, () -> 0), Map.of("version", 1))) {
            events.append("state", Map.of("state", "FINISHED"));
        }
        List<String> lines = Files.readAllLines(file);
        assertEquals(
                "{\"n\":1,\"time\":\"1970-01-01T00:00:00Z\",\"elapsed\":0.0,\"event\":\"submitted\",\"version\":1,\"previous\":"
                        + "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}",
                lines.get(0));
        JsonNode second = new ObjectMapper().readTree(lines.get(1));
        assertEquals(
                Digests.of(lines.get(0).getBytes(StandardCharsets.UTF_8)),
                second.get("previous").asText());
    }
}
