package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A federation of two sites around a checkpoint of a few thousand parameters, from the command line to the adapter. */
class SimulateTest {

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
        Federation.lay(work, "north", "south");
        Files.writeString(work.resolve("job.yaml"), JOB);
    }

    @Test
    void endsInAnAdapterWithItsNumbers() throws Exception {
        Path run = simulate("run", "job.yaml");

        JsonNode summary = MAPPER.readTree(run.resolve("summary.json").toFile());
        assertEquals("FINISHED", summary.get("state").asText());
        assertEquals(2, summary.get("rounds").asInt());
        // Both adapters of one layer in fp32, twice from two sites: (8 × 2 + 2 × 8 + 8 × 2 + 2 × 4) × 4 bytes, and
        // frames.
        assertTrue(summary.get("bytesUp").asLong() >= 4 * 56 * 4, summary.toString());
        assertTrue(summary.get("bytesDown").asLong() >= 4 * 56 * 4, summary.toString());

        assertTrue(Files.isRegularFile(run.resolve("result/adapter_model.safetensors")));
        JsonNode adapter =
                MAPPER.readTree(run.resolve("result/adapter_config.json").toFile());
        assertEquals("LORA", adapter.get("peft_type").asText());
        assertEquals(2, adapter.get("r").asInt());
        assertEquals(
                work.resolve("base").toRealPath().toString(),
                adapter.get("base_model_name_or_path").asText());

        List<JsonNode> metrics = Federation.lines(run.resolve("metrics.jsonl"));
        assertEquals(4, ofKind(metrics, "train").size(), "one line a site and round");
        assertTrue(ofKind(metrics, "train").stream()
                .allMatch(line -> line.get("tokens").asLong() > 0));
        assertFalse(ofKind(metrics, "validate").isEmpty());
    }

    @Test
    void theSameSeedGivesTheSameBytesAndAnotherSeedOthers() throws Exception {
        Path first = simulate("first", "job.yaml");
        Path second = simulate("second", "job.yaml");
        Files.writeString(work.resolve("other.yaml"), JOB.replace("seed: 7", "seed: 8"));
        Path other = simulate("other", "other.yaml");

        byte[] adapter = Files.readAllBytes(first.resolve("result/adapter_model.safetensors"));
        assertArrayEquals(adapter, Files.readAllBytes(second.resolve("result/adapter_model.safetensors")));
        assertFalse(Arrays.equals(adapter, Files.readAllBytes(other.resolve("result/adapter_model.safetensors"))));
    }

    @Test
    void theAdapterCanBeMeasuredAndHeard() throws Exception {
        Path run = simulate("run", "job.yaml");
        String[] model = {
            "--model",
            work.resolve("base").toString(),
            "--adapter",
            run.resolve("result").toString()
        };

        Outcome evaluated = weft(
                model,
                "evaluate",
                "--data",
                work.resolve("sites/north/words-eval.jsonl").toString(),
                "--json");
        JsonNode numbers = MAPPER.readTree(evaluated.out());
        assertEquals(2, numbers.get("samples").asInt());
        assertEquals(
                Math.exp(numbers.get("loss").asDouble()),
                numbers.get("perplexity").asDouble(),
                1e-3);

        Outcome heard = weft(model, "generate", "--prompt", "north", "--max-tokens", "3", "--temperature", "0");
        assertFalse(heard.out().isEmpty());
    }

    @Test
    void aRunFolderThatHoldsSomethingIsRefusedAndLeftAlone() throws Exception {
        Path taken = Files.createDirectory(work.resolve("taken"));
        Files.writeString(taken.resolve("precious"), "mine");

        Outcome outcome = workbench.run("simulate", work.resolve("job.yaml").toString(), "--out", taken.toString());

        assertEquals(2, outcome.exit());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        try (Stream<Path> files = Files.list(taken)) {
            assertEquals(List.of(taken.resolve("precious")), files.toList());
        }
    }

    private Path simulate(String out, String job) throws IOException, InterruptedException {
        Path run = work.resolve(out);
        Outcome outcome = workbench.run("simulate", work.resolve(job).toString(), "--out", run.toString());
        assertEquals(0, outcome.exit(), outcome.out() + outcome.err());
        return run;
    }

    private static Outcome weft(String[] model, String... words) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(words));
        line.addAll(List.of(model));
        Outcome outcome = workbench.run(line.toArray(String[]::new));
        assertEquals(0, outcome.exit(), outcome.err());
        return outcome;
    }

    private static List<JsonNode> ofKind(List<JsonNode> lines, String kind) {
        return lines.stream()
                .filter(line -> line.get("kind").asText().equals(kind))
                .toList();
    }
}
