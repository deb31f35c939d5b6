package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.distribution.tests.process.Workbench.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two sites as processes of their own whose policies say something about filters: one applies some, the other accepts none. */
class FilteredNetworkTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final String JOB = """
            name: tiny
            workflow: {type: fedavg, rounds: 2, sites: {min: 1}}
            model: {backend: hf, base: base}
            strategy: {type: lora, rank: 2, alpha: 4, targets: [q_proj, v_proj]}
            data: {train: words}
            train: {lr: 1.0e-2, batch: 2, seed: 7}
            filters: [{type: clip, norm: 0.5}]
            """;

    @TempDir
    Path work;

    @Test
    void whatASiteAppliesIsOnRecordAndTheNormIsItsOwn() throws Exception {
        Network network = Network.provision(work, JOB);
        try (Home server = network.server();
                Home first = network.site("site-1");
                Home second = network.site("site-2")) {
            policy(first, "filters: {apply: [{type: clip, norm: 1.0e-3}]}\n");
            policy(second, "filters: {accept: [exclude]}\n");
            server.start();
            first.start();
            second.start();
            String job = network.asked(Network.LEAD, "submit", network.job().toString())
                    .out()
                    .strip();
            Outcome watched = network.asked(Network.LEAD, "watch", job, "--json");
            assertEquals(0, watched.exit(), watched.out() + watched.err());

            List<JsonNode> events = events(server.folder().resolve("data/jobs").resolve(job));
            assertEquals(
                    List.of("conf/policy.yaml:1: this site does not accept the filter 'clip'; accepted: exclude"),
                    texts(events, "site-failed", "reason"));
            assertEquals(List.of("io.weft.privacy"), texts(leases(events), "lease", "bundle"));
            String told = network.asked(Network.LEAD, "logs", job).out();
            assertTrue(
                    told.contains("site-1: its policy applies filters to every update, after the job's own: clip"),
                    told);
            assertFalse(told.contains("norm "), told);
            for (JsonNode event : events) {
                assertFalse(event.toString().contains("norm "), event.toString());
            }
            String log = Files.readString(first.folder().resolve("data/log/weft.log"));
            for (int round = 1; round <= 2; round++) {
                assertTrue(log.contains("round " + round + ": filters.clip was applied to the update: norm "), log);
                assertTrue(log.contains(", clipped to 0.00100000"), log);
            }
        }
    }

    private static void policy(Home site, String text) throws IOException {
        Files.writeString(site.folder().resolve("conf/policy.yaml"), text);
    }

    private static List<JsonNode> events(Path job) throws IOException {
        List<JsonNode> events = new ArrayList<>();
        for (String line : Files.readAllLines(job.resolve("events.jsonl"))) {
            events.add(MAPPER.readTree(line));
        }
        return events;
    }

    private static List<JsonNode> leases(List<JsonNode> events) {
        return events.stream()
                .filter(event -> event.path("kind").asText().equals("UpdateFilter"))
                .toList();
    }

    private static List<String> texts(List<JsonNode> events, String kind, String key) {
        return events.stream()
                .filter(event -> event.path("event").asText().equals(kind))
                .map(event -> event.path(key).asText())
                .toList();
    }
}
