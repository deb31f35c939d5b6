package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes are killed in the middle of a run; the run comes to the same bytes as one that nobody disturbed. */
class ResumeTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final int KILLS = 20;

    /** A sitting is killed when it has printed so many lines at the most; a whole run prints some sixty. */
    private static final int MOST_LINES = 14;

    private static final long LIMIT_SECONDS = 600;

    /** Rounds that print more than a pipe holds, so that a run whose output nobody reads stands still in one of the first. */
    private static final int MANY_ROUNDS = 40;

    private static final String JOB = """
            name: tiny
            workflow: {type: fedavg, rounds: 4}
            model: {backend: hf, base: base}
            strategy: {type: lora, rank: 2, alpha: 4, dropout: 0.1, targets: [q_proj, v_proj]}
            data: {train: words, validate: words-eval}
            train: {optimizer: adamw, lr: 1.0e-2, schedule: cosine, batch: 2, epochs: 1, seed: 7, state: keep}
            wire: {send: difference}
            select: {metric: validation_loss, mode: min}
            """;

    @TempDir
    static Path work;

    private static Workbench workbench;

    @BeforeAll
    static void runUndisturbed() throws Exception {
        workbench = Workbench.unpacked();
        Federation.lay(work, "east", "north", "south");
        runUndisturbed("job.yaml", JOB, "undisturbed");
    }

    private static void runUndisturbed(String file, String job, String run) throws IOException, InterruptedException {
        Files.writeString(work.resolve(file), job);
        Workbench.Outcome outcome = workbench.run(begin(file, run));
        assertEquals(0, outcome.exit(), outcome.out() + outcome.err());
    }

    @Test
    void aRunThatIsKilledTwentyTimesComesToTheSameBytes() throws Exception {
        Random random = new Random(20);
        int runs = 0;
        int kills = 0;
        while (kills < KILLS) {
            Path run = work.resolve("killed-" + ++runs);
            boolean finished = !killed(
                    random.nextInt(MOST_LINES) + 1,
                    begin("job.yaml", run.getFileName().toString()));
            while (!finished) {
                kills++;
                String[] resume = resume(run.toString());
                if (kills < KILLS) {
                    finished = !killed(random.nextInt(MOST_LINES) + 1, resume);
                } else {
                    Workbench.Outcome last = workbench.run(resume);
                    assertEquals(0, last.exit(), last.out() + last.err());
                    finished = true;
                }
            }
            assertSame("undisturbed", run);
        }
    }

    @Test
    void aRunThatIsInterruptedSaysHowToGoOnAndHasOneProcessAtATime() throws Exception {
        runUndisturbed("long.yaml", JOB.replace("rounds: 4", "rounds: " + MANY_ROUNDS), "long");
        Path run = work.resolve("interrupted");
        String job = interruptedAfterARound(run);
        JsonNode state = MAPPER.readTree(run.resolve("state.json").toFile());
        assertEquals("STOPPED", state.get("state").asText());

        Process process = workbench.start(work.resolve("resumed.err"), resume(job));
        try (BufferedReader out = reader(process)) {
            assertTrue(out.readLine().contains("\"started\""));
            Workbench.Outcome second = workbench.run(resume(run.toString()));

            assertEquals(2, second.exit());
            assertEquals(1, second.err().lines().count(), second.err());
            assertTrue(second.err().contains(" is held by process: " + process.pid() + ", host: "), second.err());
            assertTrue(second.err().contains("command: weft simulate --resume " + job), second.err());
            drain(out);
            assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it does not end");
            assertEquals(0, process.exitValue());
        } finally {
            process.destroyForcibly();
        }
        assertFalse(Files.exists(run.resolve(".lock")), "a finished run needs no lock");
        assertSame("long", run);
    }

    @Test
    void aRunThatIsKilledWhileItComparesGoesOnComparing() throws Exception {
        String job = JOB.replace("rounds: 4", "rounds: 1") + "compare: {alone: true, prompts: [the wind]}\n";
        runUndisturbed("compared.yaml", job, "compared");
        Process process = workbench.start(work.resolve("comparing.err"), begin("compared.yaml", "comparing"));
        try (BufferedReader out = reader(process)) {
            for (String line = out.readLine(); !line.contains("\"event\":\"ended\""); line = out.readLine()) {
                assertTrue(line.startsWith("{"), line);
            }
            process.destroyForcibly();
            assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it does not end");
        }
        Path run = work.resolve("comparing");

        Workbench.Outcome resumed = workbench.run(resume(run.toString()));

        assertEquals(0, resumed.exit(), resumed.out() + resumed.err());
        assertEquals(
                Files.readString(work.resolve("compared/compare.json")), Files.readString(run.resolve("compare.json")));
        assertSame("compared", run);
    }

    /** Gives the run's id. */
    private static String interruptedAfterARound(Path run) throws IOException, InterruptedException {
        Path err = work.resolve("interrupted.err");
        Process process =
                workbench.start(err, begin("long.yaml", run.getFileName().toString()));
        try (BufferedReader out = reader(process)) {
            String first = out.readLine();
            for (String line = first; !line.contains("\"round-finished\""); line = out.readLine()) {
                assertTrue(process.isAlive(), "the run ended early");
            }
            interrupt(process);
            drain(out);
            assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it does not end");
            assertEquals(130, process.exitValue(), Files.readString(err));
            String job = MAPPER.readTree(first).get("job").asText();
            assertEquals(
                    "weft: nothing is lost; to go on: '" + workbench.command() + "' simulate --resume " + job + "\n",
                    Files.readString(err));
            return job;
        } finally {
            process.destroyForcibly();
        }
    }

    /** Kills a process when it has printed so many lines; false when it finished before. */
    private static boolean killed(int lines, String... words) throws IOException, InterruptedException {
        Path err = work.resolve("killed.err");
        Process process = workbench.start(err, words);
        try (BufferedReader out = reader(process)) {
            for (int i = 0; i < lines; i++) {
                if (out.readLine() == null) {
                    assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it does not end");
                    assertEquals(0, process.exitValue(), Files.readString(err));
                    return false;
                }
            }
            process.destroyForcibly();
            assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it does not end");
            return process.exitValue() != 0;
        } finally {
            process.destroyForcibly();
        }
    }

    private static String[] begin(String job, String run) {
        return new String[] {
            "simulate",
            work.resolve(job).toString(),
            "--out",
            work.resolve(run).toString(),
            "--json",
            "--home",
            work.resolve("home").toString()
        };
    }

    /** A run is known by its folder as soon as there is one, whether or not its id was printed. */
    private static String[] resume(String run) {
        return new String[] {
            "simulate",
            "--resume",
            run,
            "--json",
            "--home",
            work.resolve("home").toString()
        };
    }

    private static BufferedReader reader(Process process) {
        return process.inputReader(StandardCharsets.UTF_8);
    }

    private static void drain(BufferedReader out) throws IOException {
        while (out.readLine() != null) {
            // The process must not wait for its reader.
        }
    }

    private static void interrupt(Process process) throws IOException, InterruptedException {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                        .inheritIO()
                        .start()
                        .waitFor());
    }

    private static void assertSame(String expectedRun, Path run) throws IOException {
        Path undisturbed = work.resolve(expectedRun);
        SortedMap<String, byte[]> expected = bytes(undisturbed);
        SortedMap<String, byte[]> found = bytes(run);
        assertTrue(
                expected.containsKey("result/adapter_model.safetensors"),
                expected.keySet().toString());
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, content) -> assertArrayEquals(content, found.get(name), run + "/" + name));
        assertEquals(summary(undisturbed), summary(run));
        assertEquals(metrics(undisturbed), metrics(run));
    }

    /** The result, and every global model. */
    private static SortedMap<String, byte[]> bytes(Path run) throws IOException {
        SortedMap<String, byte[]> bytes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = run.relativize(file).toString();
                if (name.startsWith("result/") || name.endsWith("global.safetensors")) {
                    bytes.put(name, Files.readAllBytes(file));
                }
            }
        }
        return bytes;
    }

    private static JsonNode summary(Path run) throws IOException {
        ObjectNode summary =
                (ObjectNode) MAPPER.readTree(run.resolve("summary.json").toFile());
        summary.remove(Set.of("job", "seconds"));
        return summary;
    }

    /** The lines in an order of their own, without what a clock says. */
    private static List<String> metrics(Path run) throws IOException {
        List<String> lines = new ArrayList<>();
        for (JsonNode line : Federation.lines(run.resolve("metrics.jsonl"))) {
            ((ObjectNode) line).remove(Set.of("seconds", "tokensPerSecond"));
            lines.add(line.toString());
        }
        return lines.stream().sorted().toList();
    }
}
