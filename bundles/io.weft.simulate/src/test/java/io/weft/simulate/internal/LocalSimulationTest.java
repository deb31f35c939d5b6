package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.api.tensor.DType;
import io.weft.simulate.SimulationResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LocalSimulationTest {

    @TempDir
    Path root;

    private Federation threeSites() throws Exception {
        return new Federation(root, FakeTrainer.ofTwoTensors(DType.BF16))
                .site("north", 1, 1, 2, 3)
                .site("south", 2, 4)
                .site("west", 3, 2, 2);
    }

    @Test
    void runsAJobToItsResult() throws Exception {
        Federation federation = threeSites();
        SimulationResult result = federation.run("run");
        assertEquals(
                "FINISHED", result.summary().state().name(), result.reason().toString());
        Path run = root.resolve("run");
        assertEquals(List.of("config.json", "model.safetensors"), names(run.resolve("result")));
        assertEquals(List.of("0", "1", "2", "3"), names(run.resolve("rounds")));
        assertEquals(
                List.of("global.safetensors", "metrics.json", "updates"),
                names(run.resolve("rounds").resolve("2")));
        assertEquals(
                List.of("events.jsonl", "job.yaml", "metrics.jsonl", "result", "rounds", "state.json", "summary.json"),
                names(run));
        assertEquals(
                "FINISHED",
                Federation.json(run.resolve("state.json")).get("state").asText());
        assertEquals(0, federation.plugins().open());
    }

    @Test
    void givesTheSameBytesForTheSameSeedWhateverRunsAtOnce() throws Exception {
        SortedMap<String, byte[]> first;
        threeSites().parallel(1).run("one");
        first = Federation.bytes(root.resolve("one"));
        threeSites().parallel(3).run("three");
        SortedMap<String, byte[]> second = Federation.bytes(root.resolve("three"));
        assertEquals(first.keySet(), second.keySet());
        assertTrue(first.containsKey("result/model.safetensors"));
        first.forEach((name, bytes) -> assertArrayEquals(bytes, second.get(name), name));
    }

    @Test
    void sumsWireBytesOfItsTransfers() throws Exception {
        threeSites().run("run");
        long up = 0;
        long down = 0;
        for (JsonNode line : Federation.lines(root.resolve("run").resolve("metrics.jsonl"))) {
            if (line.get("kind").asText().equals("transfer")) {
                long bytes = line.get("wireBytes").asLong();
                assertTrue(bytes > line.get("logicalBytes").asLong());
                if (line.get("direction").asText().equals("up")) {
                    up += bytes;
                } else {
                    down += bytes;
                }
            }
        }
        JsonNode summary = Federation.json(root.resolve("run").resolve("summary.json"));
        assertEquals(up, summary.get("bytesUp").asLong());
        assertEquals(down, summary.get("bytesDown").asLong());
    }

    private static List<String> names(Path folder) throws Exception {
        try (var entries = Files.list(folder)) {
            return List.copyOf(new TreeSet<>(
                    entries.map(entry -> entry.getFileName().toString()).toList()));
        }
    }
}
