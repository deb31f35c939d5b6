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
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rounds in which not every site does its part, and sites that differ, from the command line. */
class RoundsTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final String JOB = """
            name: tiny
            workflow: {type: fedavg, rounds: 2}
            model: {backend: hf, base: base}
            strategy: {type: lora, rank: 2, alpha: 4, targets: [q_proj, v_proj]}
            data: {train: words, validate: words-eval}
            train: {lr: 1.0e-2, batch: 2, epochs: 1, seed: 7}
            """;

    private static Workbench workbench;

    @TempDir
    Path work;

    @BeforeAll
    static void unpack() throws IOException, InterruptedException {
        workbench = Workbench.unpacked();
    }

    @BeforeEach
    void lay() throws IOException {
        Federation.lay(work, "north", "south", "west");
    }

    @Test
    void aSiteThatDivergesAndOneWithoutRecordsCostTheirOwnContributions() throws Exception {
        Files.writeString(work.resolve("sites/west/words.jsonl"), "these are no records\n");
        Outcome outcome = simulate(JOB.replace("rounds: 2", "rounds: 2, sites: {min: 1}")
                + "sites: {south: {train: {optimizer: sgd, lr: 1.0e+300, clip: 0}}}\n");

        assertEquals(0, outcome.exit(), outcome.out() + outcome.err());
        List<JsonNode> failed = events("site-failed");
        assertEquals(List.of("0 west", "1 south", "2 south"), roundsAndSites(failed));
        assertTrue(failed.get(0).get("reason").asText().contains("words.jsonl"), failed::toString);
        assertTrue(failed.stream().noneMatch(line -> line.get("reason").asText().contains("\n")), failed::toString);
        assertTrue(outcome.out().contains("west took no part: "), outcome.out());
        assertTrue(outcome.out().contains("south failed in rounds 1 and 2: "), outcome.out());
        assertEquals("", outcome.err());
        assertTrue(Files.isRegularFile(work.resolve("run/result/adapter_model.safetensors")));
    }

    @Test
    void aSiteThatIsSlowDoesNotHoldTheOthersUp() throws Exception {
        Outcome outcome = simulate(JOB.replace("rounds: 2", "rounds: 2, sites: {min: 2, deadline: 2s}")
                + "sites: {west: {train: {steps: 100000000}}}\n");

        assertEquals(0, outcome.exit(), outcome.out() + outcome.err());
        assertEquals("1 west", roundsAndSites(events("late")).get(0));
        for (int round = 1; round <= 2; round++) {
            JsonNode counted = MAPPER.readTree(work.resolve("run/rounds/" + round + "/metrics.json")
                            .toFile())
                    .get("sites");
            assertTrue(counted.has("north") && counted.has("south") && !counted.has("west"), counted::toString);
        }
        assertTrue(
                outcome.out().contains("west was late in round 1: nothing within the deadline of 2s"), outcome.out());
        assertTrue(outcome.out().contains("round 1/2 done  2 of 3 sites"), outcome.out());
        assertFalse(Files.exists(work.resolve("run/rounds/1/updates/west.safetensors")));
    }

    @Test
    void aJobThatBecomesNoBetterEndsEarlyAndSaysWhy() throws Exception {
        Outcome outcome = simulate(
                JOB.replace("rounds: 2", "rounds: 50, stop: {metric: validation_loss, patience: 1, minDelta: 9}"));

        assertEquals(0, outcome.exit(), outcome.out() + outcome.err());
        JsonNode summary = MAPPER.readTree(work.resolve("run/summary.json").toFile());
        assertEquals("FINISHED", summary.get("state").asText());
        assertEquals(2, summary.get("rounds").asInt());
        String reason = summary.get("reason").asText();
        assertTrue(reason.startsWith("validation_loss has not become better by more than 9.0 than the "), reason);
        assertTrue(outcome.out().contains("FINISHED after round 2 of 50: " + reason), outcome.out());
    }

    @Test
    void whatDiffersBySiteDiffersInItsTraining() throws Exception {
        Outcome outcome = simulate(JOB + """
                sites:
                  south: {train: {batch: 1, accumulate: 3}}
                  west: {train: {steps: 5}, data: {maxLength: 3}}
                """);

        assertEquals(0, outcome.exit(), outcome.out() + outcome.err());
        List<JsonNode> first = lines("metrics.jsonl").stream()
                .filter(line -> line.get("kind").asText().equals("train")
                        && line.get("round").asInt() == 1)
                .toList();
        // Six records: three steps of two; two of three; and five of two where the job's epochs do not count.
        assertEquals(
                List.of("north 3 6", "south 2 6", "west 5 10"),
                first.stream()
                        .map(line -> line.get("site").asText() + " "
                                + line.get("steps").asInt() + " "
                                + line.get("samples").asInt())
                        .toList());
        assertEquals(10 * 2, first.get(2).get("tokens").asInt(), "of three tokens two are predicted");
    }

    private Outcome simulate(String job) throws IOException, InterruptedException {
        Files.writeString(work.resolve("job.yaml"), job);
        return workbench.run(
                "simulate",
                work.resolve("job.yaml").toString(),
                "--out",
                work.resolve("run").toString());
    }

    private static List<String> roundsAndSites(List<JsonNode> lines) {
        return lines.stream()
                .map(line -> line.get("round").asInt() + " " + line.get("site").asText())
                .toList();
    }

    private List<JsonNode> events(String event) throws IOException {
        return lines("events.jsonl").stream()
                .filter(line -> line.get("event").asText().equals(event))
                .toList();
    }

    private List<JsonNode> lines(String file) throws IOException {
        return Federation.lines(work.resolve("run").resolve(file));
    }
}
