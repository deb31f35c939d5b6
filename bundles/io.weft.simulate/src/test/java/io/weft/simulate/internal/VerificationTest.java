package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.aggregation.Aggregator;
import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.training.Task;
import io.weft.exchange.Cancellation;
import io.weft.quantizer.cast.Bfloat16;
import io.weft.server.Verification;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of a job's rounds is recomputed, and whatever was changed afterwards is found and named. */
@Timeout(300)
class VerificationTest {

    @TempDir
    Path root;

    private Federation federation;

    private Path run(String more) throws Exception {
        federation = new Federation(root, FakeTrainer.ofTwoTensors(DType.BF16))
                .site("north", 1, 1, 2, 3)
                .site("south", 2, 4)
                .more(more);
        federation.plugins().install(Quantizer.class, "bf16", new Bfloat16(), "1.0.0");
        assertEquals("FINISHED", federation.run("run").summary().state().name());
        return root.resolve("run");
    }

    private Verification verified(Path run) throws IOException {
        Verification found = Verification.of(run, federation.plugins(), new Cancellation());
        assertEquals(0, federation.plugins().open(), "plugins that are still held");
        assertEquals(found.sound(), wrong(found).isEmpty(), found::toString);
        return found;
    }

    private static List<String> wrong(Verification found) {
        return found.lines().stream().filter(line -> line.startsWith("WRONG: ")).toList();
    }

    private static List<String> rounds(Verification found) {
        return found.lines().stream()
                .filter(line -> line.startsWith("round "))
                .map(line -> line.replaceFirst("(round \\d: (only )?(re)?\\w+).*", "$1"))
                .toList();
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            int value = bytes.read();
            bytes.seek(at);
            bytes.write(value ^ 1);
        }
    }

    @Test
    void theLastRoundIsRecomputedAndTheOthersAreOnlyChecked() throws Exception {
        Path run = run("");

        Verification found = verified(run);

        assertTrue(found.sound(), found::toString);
        assertEquals(
                List.of("round 0: checked", "round 1: only checked", "round 2: only checked", "round 3: recomputed"),
                rounds(found));
        assertFalse(Files.exists(run.resolve("rounds/2/updates")));
        assertTrue(Files.exists(run.resolve("rounds/3/updates/north.safetensors")));
    }

    @Test
    void asManyRoundsAreKeptAsTheJobSays() throws Exception {
        Path run = run("keep: {updates: 9}\n");

        assertEquals(
                List.of("round 0: checked", "round 1: recomputed", "round 2: recomputed", "round 3: recomputed"),
                rounds(verified(run)));
    }

    @Test
    void nothingIsKeptWhereTheJobSaysSo() throws Exception {
        Path run = run("keep: {updates: 0}\n");

        Verification found = verified(run);

        assertTrue(found.sound(), found::toString);
        assertEquals("round 3: only checked", rounds(found).get(3));
        try (Stream<Path> files = Files.walk(run)) {
            assertEquals(
                    List.of(),
                    files.filter(file -> file.toString().contains("updates")).toList());
        }
        assertEquals(
                3,
                Federation.lines(run.resolve("events.jsonl")).stream()
                        .filter(event -> event.get("event").asText().equals("updates-removed"))
                        .count());
    }

    @Test
    void codedDifferencesAreRecomputed() throws Exception {
        Verification found = verified(run("wire: {up: bf16, down: bf16, send: difference}\n"));

        assertTrue(found.sound(), found::toString);
        assertEquals("round 3: recomputed", rounds(found).get(3));
    }

    @Test
    void anAlteredUpdateIsNamedWhereverItWasAltered() throws Exception {
        Path run = run("");
        Path update = run.resolve("rounds/3/updates/south.safetensors");
        for (long at : new long[] {0, 9, 60, Files.size(update) / 2, Files.size(update) - 1}) {
            flip(update, at);
            List<String> wrong = wrong(verified(run));
            assertEquals(1, wrong.size(), at + " " + wrong);
            assertTrue(
                    wrong.get(0).startsWith("WRONG: rounds/3/updates/south.safetensors is not what site 'south' sent"),
                    wrong.get(0));
            flip(update, at);
        }
        flip(run.resolve("rounds/3/updates/north.json"), 20);
        assertTrue(wrong(verified(run)).get(0).contains("rounds/3/updates/north.json is not as it was written"));
        Files.delete(update);
        assertTrue(wrong(verified(run)).contains("WRONG: rounds/3/updates/south.safetensors is missing"));
    }

    @Test
    void anAlteredModelIsNamedAndNothingIsRecomputedFromIt() throws Exception {
        Path run = run("keep: {updates: 3}\n");
        flip(run.resolve("rounds/2/global.safetensors"), 4000);

        Verification found = verified(run);

        assertEquals(1, wrong(found).size(), found::toString);
        assertTrue(wrong(found).get(0).startsWith("WRONG: rounds/2/global.safetensors is not as it was written"));
        assertEquals(List.of("round 0: checked", "round 1: recomputed", "round 3: only checked"), rounds(found));
        for (String file : List.of("rounds/0/global.safetensors", "result/model.safetensors", "summary.json")) {
            flip(run.resolve(file), 11);
            assertTrue(
                    wrong(verified(run)).stream().anyMatch(line -> line.startsWith("WRONG: " + file + " is not")),
                    file);
        }
    }

    @Test
    void everyLineOfTheLogIsMissedWhenItIsGone() throws Exception {
        Path run = run("");
        Path log = run.resolve("events.jsonl");
        List<String> lines = Files.readAllLines(log);
        for (int gone = 0; gone < lines.size(); gone++) {
            List<String> left = new ArrayList<>(lines);
            left.remove(gone);
            Files.write(log, left);
            String missing = "WRONG: events.jsonl: line " + (gone + 1) + " is missing";
            Verification found = verified(run);
            assertTrue(found.lines().contains(missing), missing + " is not in " + found);
        }
    }

    @Test
    void everyLineOfTheLogIsNamedWhenItWasChanged() throws Exception {
        Path run = run("");
        Path log = run.resolve("events.jsonl");
        List<String> lines = Files.readAllLines(log);
        for (int at : IntStream.range(0, lines.size()).toArray()) {
            List<String> changed = new ArrayList<>(lines);
            changed.set(at, changed.get(at).replaceFirst("\"time\":\"2", "\"time\":\"1"));
            Files.write(log, changed);
            List<String> wrong = wrong(verified(run));
            assertEquals(
                    List.of("WRONG: events.jsonl: line " + (at + 1) + " is not as it was written"),
                    wrong,
                    wrong::toString);
        }
    }

    @Test
    void linesThatCannotBeReadAreNamedOnceInTheirOrderAndSoAreTheRoundsThatTheyCommitted() throws Exception {
        Path run = run("keep: {updates: 3}\n");
        Path log = run.resolve("events.jsonl");
        List<String> lines = Files.readAllLines(log);
        for (int round : new int[] {2, 3}) {
            int at = committing(lines, round);
            List<String> spoilt = new ArrayList<>(lines);
            spoilt.set(at, "{" + lines.get(at));
            Files.write(log, spoilt);

            Verification found = verified(run);

            assertEquals(
                    List.of("WRONG: events.jsonl: line " + (at + 1) + " is not as it was written"),
                    wrong(found),
                    found::toString);
            assertTrue(
                    found.lines()
                            .contains("round " + round
                                    + ": not checked, because the line of events.jsonl that says what was"
                                    + " committed is missing or cannot be read"),
                    found::toString);
            assertTrue(found.lines().contains("not sound: one thing is wrong"), found::toString);
        }
        List<String> several = new ArrayList<>(lines);
        for (int at : new int[] {4, 9, committing(lines, 2)}) {
            several.set(at, "{" + lines.get(at));
        }
        Files.write(log, several);
        assertEquals(
                Stream.of(4, 9, committing(lines, 2))
                        .map(at -> "WRONG: events.jsonl: line " + (at + 1) + " is not as it was written")
                        .toList(),
                wrong(verified(run)));
    }

    /** Where the line lies that puts a round's model on record. */
    private static int committing(List<String> lines, int round) {
        return IntStream.range(0, lines.size())
                .filter(at -> lines.get(at).contains("rounds/" + round + "/global.safetensors"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void updatesThatDoNotMakeTheModelAreFoundByTheAggregator() throws Exception {
        Path run = run("");
        federation.plugins().install(Aggregator.class, "fedavg", new FirstSiteAlone(), "1.0.1");

        List<String> wrong = wrong(verified(run));

        assertEquals(1, wrong.size(), wrong::toString);
        assertTrue(
                wrong.get(0)
                        .startsWith("WRONG: round 3: the updates of north, south do not make the model that was"
                                + " committed: tensor '"),
                wrong.get(0));
    }

    @Test
    void withoutItsAggregatorARoundIsOnlyChecked() throws Exception {
        Path run = run("");
        federation.plugins().remove(Aggregator.class, "fedavg");

        Verification found = verified(run);

        assertTrue(found.sound(), found::toString);
        assertEquals("round 3: only checked", rounds(found).get(3));
        assertTrue(found.lines().stream().anyMatch(line -> line.contains("aggregator 'fedavg'")), found::toString);
    }

    @Test
    void whatWasFetchedIsCheckedWithoutItsRounds() throws Exception {
        Path run = run("");
        Path fetched = Files.createDirectories(root.resolve("fetched/result")).getParent();
        for (String name :
                List.of("events.jsonl", "job.yaml", "summary.json", "result/model.safetensors", "result/config.json")) {
            Files.copy(run.resolve(name), fetched.resolve(name));
        }

        Verification found = verified(fetched);

        assertTrue(found.sound(), found::toString);
        assertTrue(found.lines().stream().anyMatch(line -> line.startsWith("rounds: not in this folder")));
    }

    @Test
    void whatWasFetchedOfAJobThatFailedInItsFirstRoundIsSoundToo() throws Exception {
        federation = new Federation(root, new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
                    @Override
                    protected void beforeTraining(String site, Task task, JobContext job) {
                        throw new Refusal("no more");
                    }
                })
                .site("north", 1, 1, 2, 3);
        assertEquals("FAILED", federation.run("run").summary().state().name());
        assertTrue(verified(root.resolve("run")).sound(), "with its first model");
        Path fetched = Files.createDirectories(root.resolve("fetched"));
        for (String name : List.of("events.jsonl", "job.yaml", "summary.json")) {
            Files.copy(root.resolve("run").resolve(name), fetched.resolve(name));
        }

        assertTrue(verified(fetched).sound(), "without it");
    }
}
