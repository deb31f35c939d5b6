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
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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

    @Test
    void keepsTheChainWhenEventsComeFromManyThreadsAtOnce() throws Exception {
        Path file = folder.resolve("events.jsonl");
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (EventLog events =
                EventLog.begin(file, Clock.systemUTC(), new JobTime(0, () -> 0), Map.of("version", Chain.VERSION))) {
            List<Future<?>> appending = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                Map<String, Integer> details = Map.of("number", i);
                appending.add(threads.submit(() -> {
                    events.append("told", details);
                    return true;
                }));
            }
            for (Future<?> one : appending) {
                one.get();
            }
        } finally {
            threads.shutdown();
        }
        Chain chain = Chain.read(file);
        assertEquals(65, chain.events().size());
        assertEquals(Files.size(file), chain.length());
    }

    @Test
    void aClockThatGoesBackChangesNeitherOrderNorDuration() throws Exception {
        Path file = folder.resolve("events.jsonl");
        Instant[] now = {Instant.parse("2026-10-25T02:59:59Z")};
        long[] nanoseconds = {0};
        Clock jumping = new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now[0];
            }
        };
        JobTime time = new JobTime(0, () -> nanoseconds[0]);
        try (EventLog events = EventLog.begin(file, jumping, time, Map.of("version", 1))) {
            now[0] = now[0].minusSeconds(3600);
            nanoseconds[0] += 2_000_000_000L;
            events.append("state", Map.of("state", "RUNNING"));
            now[0] = now[0].plusSeconds(86_400 * 365);
            nanoseconds[0] += 1_000_000_000L;
            events.append("state", Map.of("state", "FINISHED"));
        }
        ObjectMapper mapper = new ObjectMapper();
        List<String> elapsed = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            elapsed.add(mapper.readTree(line).get("n").asInt() + " "
                    + mapper.readTree(line).get("elapsed").asDouble());
        }
        assertEquals(List.of("1 0.0", "2 2.0", "3 3.0"), elapsed);
        assertEquals(3, Chain.read(file).events().size());
    }
}
