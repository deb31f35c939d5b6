package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.plugin.Refusal;
import io.weft.server.JobEvent;
import io.weft.server.JobLock;
import io.weft.server.JobState;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.SiteData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run that was cut short goes on to what it would have come to. */
@Timeout(300)
class ResumeTest {

    private static final String MORE = "select: {metric: validation_loss, mode: min}\nwire: {send: difference}\n";

    @TempDir
    Path root;

    private RememberingTrainer trainer = new RememberingTrainer();

    @BeforeEach
    void runUndisturbed() throws Exception {
        federation(new RememberingTrainer()).run("undisturbed");
    }

    private Federation federation(RememberingTrainer trainer) throws IOException {
        return new Federation(root, trainer)
                .site("north", 1, 1, 2, 3)
                .site("south", 2, 4)
                .site("west", 3, 2, 2)
                .more(MORE);
    }

    /** A federation in which this site fails once, in this round, when the server has the updates of the others. */
    private Federation failingOnce(String site, int round) throws IOException {
        CountDownLatch others = new CountDownLatch(2);
        trainer = new RememberingTrainer() {
            private boolean failed;

            @Override
            protected void training(String name, int number) throws IOException {
                if (name.equals(site) && number == round && !failed) {
                    failed = true;
                    try {
                        others.await();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                    throw new Refusal("the disk is full");
                }
            }
        };
        return federation(trainer).parallel(3).watching(event -> {
            if (event instanceof JobEvent.Transferred transfer && transfer.up() && transfer.round() == round) {
                others.countDown();
            }
        });
    }

    @Test
    void aFailedRunGoesOnWhenWhatFailedIsMended() throws Exception {
        Federation federation = failingOnce("west", 2);
        SimulationResult failed = federation.run("run");
        assertEquals(JobState.FAILED, failed.summary().state());

        SimulationResult resumed = federation.resume(failed.summary().job());

        assertEquals(
                JobState.FINISHED, resumed.summary().state(), resumed.reason().toString());
        assertEquals(failed.summary().job(), resumed.summary().job());
        assertSameAsUndisturbed("run");
        assertEquals(
                List.of(
                        "north 1", "north 2", "north 3", "south 1", "south 2", "south 3", "west 1", "west 2", "west 2",
                        "west 3"),
                trainer.trained().stream().sorted().toList(),
                "what a site had delivered is not asked for again");
        assertEquals(0, federation.plugins().open());
        assertFalse(Files.exists(
                root.resolve("home/data/sites").resolve(failed.summary().job())));
    }

    @Test
    void whoWatchesIsToldWhereTheRunStands() throws Exception {
        Federation federation = failingOnce("west", 3);
        federation.run("run");
        federation.events().clear();

        federation.resume(root.resolve("run").toString());

        assertTrue(federation.events().get(0) instanceof JobEvent.Started);
        JobEvent.Resumed resumed = (JobEvent.Resumed) federation.events().get(1);
        assertEquals(2, resumed.round());
        assertEquals(2, resumed.tasks(), "north and south had trained in round 3");
        assertEquals(
                List.of(1, 2),
                resumed.earlier().stream()
                        .filter(JobEvent.RoundFinished.class::isInstance)
                        .map(event -> ((JobEvent.RoundFinished) event).round())
                        .toList());
    }

    @Test
    void theNumbersAreThoseOfAnUndisturbedRun() throws Exception {
        Federation federation = failingOnce("south", 2);
        federation.run("run");
        federation.resume(root.resolve("run").toString());

        assertEquals(metrics("undisturbed"), metrics("run"));
        ObjectNode expected = (ObjectNode) Federation.json(root.resolve("undisturbed/summary.json"));
        ObjectNode found = (ObjectNode) Federation.json(root.resolve("run/summary.json"));
        for (String own : List.of("job", "seconds")) {
            expected.remove(own);
            found.remove(own);
        }
        assertEquals(expected, found);
    }

    @Test
    void aFinishedRunIsLeftAsItIs() throws Exception {
        Federation federation = federation(new RememberingTrainer());
        SimulationResult first = federation.run("run");
        String events = Files.readString(root.resolve("run/events.jsonl"));

        SimulationResult again = federation.resume(first.summary().job());

        assertEquals(first.summary(), again.summary());
        assertEquals(events, Files.readString(root.resolve("run/events.jsonl")));
    }

    @Test
    void theRestOfALineThatWasNeverFinishedIsCutOff() throws Exception {
        Federation federation = failingOnce("west", 2);
        federation.run("run");
        Path events = root.resolve("run/events.jsonl");
        Files.writeString(events, "{\"n\":99,\"ti", StandardOpenOption.APPEND);
        Files.writeString(root.resolve("run/metrics.jsonl"), "{\"rou", StandardOpenOption.APPEND);
        Files.writeString(root.resolve("run/rounds/2/.global.safetensors.1.partial"), "half");

        federation.resume(root.resolve("run").toString());

        assertSameAsUndisturbed("run");
        assertEquals(metrics("undisturbed"), metrics("run"));
        List<JsonNode> lines = Federation.lines(events);
        assertEquals(lines.size(), lines.get(lines.size() - 1).get("n").asInt());
        try (var files = Files.walk(root.resolve("run"))) {
            assertEquals(
                    List.of(),
                    files.filter(file -> file.toString().endsWith(".partial")).toList());
        }
    }

    @Test
    void aLogThatWasChangedIsRefusedByLine() throws Exception {
        Federation federation = failingOnce("west", 2);
        federation.run("run");
        Path events = root.resolve("run/events.jsonl");
        List<String> lines = new ArrayList<>(Files.readAllLines(events));
        lines.set(4, lines.get(4).replace("\"round\":0", "\"round\":7"));
        Files.write(events, lines);

        Refusal refusal = assertThrows(
                Refusal.class, () -> federation.resume(root.resolve("run").toString()));
        assertTrue(refusal.getMessage().startsWith(events.toRealPath() + ":6: "), refusal.getMessage());
    }

    @Test
    void aJobFileThatWasChangedIsRefusedByLine() throws Exception {
        Federation federation = failingOnce("west", 2);
        federation.run("run");
        Path job = root.resolve("run/job.yaml");
        Files.writeString(job, Files.readString(job).replace("rounds: 3", "rounds: 4"));

        Refusal refusal = assertThrows(
                Refusal.class, () -> federation.resume(root.resolve("run").toString()));
        assertTrue(
                refusal.getMessage()
                        .startsWith(job.toRealPath()
                                + ":2: this line is 'workflow: {type: fedavg, rounds: 4}', and was 'workflow: {type:"
                                + " fedavg, rounds: 3}' when run numbers-"),
                refusal.getMessage());
    }

    @Test
    void aBaseThatWasChangedIsRefused() throws Exception {
        List<String> digest = new ArrayList<>(List.of("d".repeat(64)));
        trainer = new RememberingTrainer() {
            @Override
            protected String digest(String site) {
                return digest.get(0);
            }

            @Override
            protected void training(String site, int round) {
                if (round == 2 && digest.get(0).startsWith("d")) {
                    throw new Refusal("stop here");
                }
            }
        };
        Federation federation = federation(trainer);
        federation.run("run");
        digest.set(0, "e".repeat(64));

        Refusal refusal = assertThrows(
                Refusal.class, () -> federation.resume(root.resolve("run").toString()));
        assertEquals(
                "the job began on a base with digest " + "d".repeat(64) + ", and the sites have one with digest "
                        + "e".repeat(64) + " now; put the former files back, or start the job anew",
                refusal.getMessage());
        digest.set(0, "d".repeat(63) + "x");
        assertThrows(Refusal.class, () -> federation.resume(root.resolve("run").toString()));
    }

    @Test
    void recordsThatWereChangedAreRefusedByName() throws Exception {
        Federation federation = failingOnce("west", 2);
        federation.run("run");
        Path numbers = root.resolve("sites/south/numbers.jsonl");
        byte[] before = Files.readAllBytes(numbers);
        Files.writeString(numbers, "5.0\n");
        Files.delete(root.resolve("sites/north/held.jsonl"));

        Refusal refusal = assertThrows(
                Refusal.class, () -> federation.resume(root.resolve("run").toString()));
        assertEquals(
                "records were changed since the run began: north/held.jsonl, south/numbers.jsonl; put the former files"
                        + " back, or start the job anew",
                refusal.getMessage());

        Files.write(numbers, before);
        Files.writeString(root.resolve("sites/north/held.jsonl"), "1.0\n");
        federation.resume(root.resolve("run").toString());
        assertSameAsUndisturbed("run");
    }

    @Test
    void aSiteThatLostItsStateIsRefused() throws Exception {
        Federation federation = failingOnce("west", 3);
        String id = federation.run("run").summary().job();
        Path state = root.resolve("home/data/sites")
                .resolve(id)
                .resolve("north")
                .resolve(id)
                .resolve("state");
        try (var files = Files.walk(state)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }

        Refusal refusal = assertThrows(Refusal.class, () -> federation.resume(id));
        assertTrue(
                refusal.getMessage().startsWith("site 'north': what this site's plugins kept after round 3 is not in "),
                refusal.getMessage());
    }

    @Test
    void anUnknownRunListsThoseThatHaveNotFinished() throws Exception {
        Federation federation = failingOnce("west", 2);
        String id = federation.run("run").summary().job();

        Refusal refusal = assertThrows(Refusal.class, () -> federation.resume("nothing"));
        assertTrue(
                refusal.getMessage().startsWith("there is no run 'nothing' to resume, by id or by folder; there are: "),
                refusal.getMessage());
        assertTrue(refusal.getMessage().contains(id + " (FAILED)"), refusal.getMessage());
        assertFalse(refusal.getMessage().contains("FINISHED"), refusal.getMessage());
        federation.resume(id);
        Refusal none = assertThrows(Refusal.class, () -> federation.resume("nothing"));
        assertTrue(none.getMessage().contains("; there are none that have not finished in "), none.getMessage());
    }

    @Test
    void aRunThatAnotherHoldsIsRefusedWithWhoThatIs() throws Exception {
        Federation federation = failingOnce("west", 2);
        federation.run("run");
        try (JobLock lock = JobLock.take(root.resolve("run"))) {
            Refusal refusal = assertThrows(
                    Refusal.class, () -> federation.resume(root.resolve("run").toString()));
            assertTrue(
                    refusal.getMessage()
                            .contains(" is held by process: "
                                    + ProcessHandle.current().pid() + ", host: "),
                    refusal.getMessage());
        }
        federation.resume(root.resolve("run").toString());
        assertSameAsUndisturbed("run");
    }

    @Test
    void recordsThatWereDealtStayAsTheyWereDealt() throws Exception {
        Path file = root.resolve("all.jsonl");
        Files.write(file, IntStream.range(0, 100).mapToObj(Integer::toString).toList());
        SiteData split = new SiteData.Split(file, 3, OptionalDouble.of(0.5));
        federation(new RememberingTrainer()).run(split, Optional.of(root.resolve("expected")));
        Federation federation = failingOnce("site-2", 2);
        federation.run(split, Optional.of(root.resolve("run")));
        Files.write(file, List.of("7"));

        federation.resume(root.resolve("run").toString());

        assertSame("expected", "run");
    }

    @Test
    void aFolderWithARunIsNoFolderForAnother() throws Exception {
        Federation federation = failingOnce("west", 2);
        federation.run("run");
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertTrue(refusal.getMessage().contains("weft simulate --resume "), refusal.getMessage());
        federation.resume(root.resolve("run").toString());
        assertSameAsUndisturbed("run");
    }

    @Test
    void whatAKilledProcessLeftBeforeItsRunBeganIsNothing() throws Exception {
        Path run = Files.createDirectories(root.resolve("run"));
        Files.writeString(run.resolve(JobLock.FILE), "process: 1\n");
        Files.writeString(run.resolve(".events.jsonl.0.partial"), "{");

        federation(new RememberingTrainer()).run("run");

        assertSameAsUndisturbed("run");
    }

    private void assertSameAsUndisturbed(String run) throws IOException {
        assertSame("undisturbed", run);
    }

    private void assertSame(String expectedRun, String run) throws IOException {
        SortedMap<String, byte[]> expected = Federation.bytes(root.resolve(expectedRun));
        SortedMap<String, byte[]> found = Federation.bytes(root.resolve(run));
        assertEquals(expected.keySet(), found.keySet());
        assertTrue(expected.containsKey("result/model.safetensors"));
        expected.forEach((name, bytes) -> assertArrayEquals(bytes, found.get(name), name));
    }

    /** The lines of {@code metrics.jsonl} in an order of their own, without what a clock says. */
    private List<String> metrics(String run) throws IOException {
        List<String> lines = new ArrayList<>();
        for (JsonNode line : Federation.lines(root.resolve(run).resolve("metrics.jsonl"))) {
            ((ObjectNode) line).remove(Set.of("seconds", "tokensPerSecond"));
            lines.add(line.toString());
        }
        return lines.stream().sorted().toList();
    }
}
