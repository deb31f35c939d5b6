package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.Task;
import io.weft.api.training.TrainingSetup;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.SiteData;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
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
                List.of("global.safetensors", "metrics.json"),
                names(run.resolve("rounds").resolve("2")));
        assertEquals(
                List.of("global.safetensors", "metrics.json", "updates"),
                names(run.resolve("rounds").resolve("3")));
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
        threeSites().parallel(1).run("one");
        threeSites().parallel(3).run("three");
        assertSameBytes("one", "three");
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

    @Test
    void doesNotDependOnTheOrderInWhichUpdatesArrive() throws Exception {
        threeSites().run("ordered");
        CountDownLatch others = new CountDownLatch(2);
        new Federation(root, new FakeTrainer(FakeTrainer.twoTensors(DType.BF16)) {
                    @Override
                    protected void beforeTraining(String site, Task task, JobContext job) throws IOException {
                        if (task.round() == 1 && site.equals("north")) {
                            awaitAll(others);
                        }
                        others.countDown();
                    }
                })
                .parallel(3)
                .run("reversed");
        assertSameBytes("ordered", "reversed");
    }

    @Test
    void givesNearlyTheSameModelForDifferencesAsForWeights() throws Exception {
        threeSites().run("weights");
        threeSites().more("wire: {send: difference}\n").run("difference");
        for (JsonNode line : Federation.lines(root.resolve("difference").resolve("events.jsonl"))) {
            assertEquals(64, line.get("previous").asText().length());
        }
        JsonNode facts = Federation.json(
                root.resolve("difference").resolve("rounds/3/updates").resolve("south.json"));
        assertEquals("difference", facts.get("send").asText());
        assertEquals("global/2", facts.get("model").asText());
        try (TensorReader one = Safetensors.open(root.resolve("weights/rounds/3/global.safetensors"));
                TensorReader other = Safetensors.open(root.resolve("difference/rounds/3/global.safetensors"))) {
            float[] expected = new float[1000];
            float[] found = new float[1000];
            TensorSpec tensor = one.manifest().tensor("a.weight").orElseThrow();
            one.read(tensor, 0, expected, 1000);
            other.read(tensor, 0, found, 1000);
            assertArrayEquals(expected, found, 1e-5f);
        }
    }

    @Test
    void keepsTheFirstModelWhenNobodyTrains() throws Exception {
        FakeTrainer idle = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected long steps(String site, int records) {
                return 0;
            }
        };
        SimulationResult result =
                new Federation(root, idle).site("a", 1, 1).site("b", 1, 7).run("run");
        assertEquals(JobState.FINISHED, result.summary().state());
        assertArrayEquals(
                Files.readAllBytes(root.resolve("run/rounds/0/global.safetensors")),
                Files.readAllBytes(root.resolve("run/rounds/3/global.safetensors")));
    }

    @Test
    void choosesTheRoundThatTheJobSelectsBy() throws Exception {
        // The numbers pull to 4 in steps of a half, the held-out number lies where round 1 ends.
        Federation federation = new Federation(root, FakeTrainer.ofTwoTensors(DType.BF16))
                .site("a", 2, 4)
                .site("b", 2, 4)
                .more("select: {metric: validation_loss, mode: min}\n");
        SimulationResult result = federation.run("run");
        assertEquals(
                JobState.FINISHED, result.summary().state(), result.reason().toString());
        List<Double> losses = new ArrayList<>();
        for (JsonNode line : Federation.lines(root.resolve("run/metrics.jsonl"))) {
            if (line.get("kind").asText().equals("validate") && !line.has("site") && !line.has("model")) {
                losses.add(line.get("loss").asDouble());
            }
        }
        assertEquals(4, losses.size(), "the first model and every round's");
        int best = losses.indexOf(Collections.min(losses.subList(1, 4)));
        assertEquals(best, result.summary().best().orElseThrow().round());
        JsonNode summary = Federation.json(root.resolve("run/summary.json"));
        assertEquals(best, summary.get("best").get("round").asInt());
        assertEquals(losses.get(best), summary.get("best").get("value").asDouble());
        try (TensorReader chosen = Safetensors.open(root.resolve("run/rounds/" + best + "/global.safetensors"));
                TensorReader written = Safetensors.openCheckpoint(root.resolve("run/result/model.safetensors"))) {
            TensorSpec tensor = written.manifest().tensor("b").orElseThrow();
            assertEquals(DType.BF16, tensor.type());
            float[] kept = new float[15];
            float[] rounded = new float[15];
            chosen.read(tensor.as(DType.F32), 0, kept, 15);
            written.read(tensor, 0, rounded, 15);
            assertArrayEquals(kept, rounded, 0.02f);
        }
    }

    @Test
    void endsBeforeItsLastRoundWhenItBecomesNoBetter() throws Exception {
        // The numbers pull to 4 in steps of a half, the held-out number lies where round 1 ends.
        SimulationResult result = new Federation(root, FakeTrainer.ofTwoTensors(DType.F32))
                .site("a", 2, 4)
                .site("b", 2, 4)
                .workflow("rounds: 9, stop: {metric: validation_loss, patience: 2}")
                .more("select: {metric: validation_loss}\n")
                .run("run");
        assertEquals(JobState.FINISHED, result.summary().state());
        JsonNode summary = Federation.json(root.resolve("run/summary.json"));
        // Rounds 2 and 3 were no better than round 1; that round 3 was not is known when round 4 has trained.
        assertEquals(4, summary.get("rounds").asInt());
        assertEquals(1, summary.get("best").get("round").asInt());
        String reason = summary.get("reason").asText();
        assertTrue(reason.startsWith("validation_loss has not become better than the 0.0"), reason);
        assertTrue(reason.endsWith(" of round 1 in the 2 rounds after it"), reason);
        assertEquals(reason, result.reason().orElseThrow());
        assertEquals(
                reason,
                Federation.json(root.resolve("run/state.json")).get("reason").asText());
        List<JsonNode> events = Federation.lines(root.resolve("run/events.jsonl"));
        assertEquals(reason, events.get(events.size() - 2).get("reason").asText(), "the step finish");
        assertEquals(reason, events.get(events.size() - 1).get("reason").asText(), "the state FINISHED");
    }

    @Test
    void namesTheSiteThatFails() throws Exception {
        FakeTrainer failing = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected void beforeTraining(String site, Task task, JobContext job) {
                if (site.equals("b") && task.round() == 2) {
                    throw new Refusal("the disk is full");
                }
            }
        };
        Federation federation = new Federation(root, failing).site("a", 1, 1).site("b", 1, 7);
        SimulationResult result = federation.run("run");
        assertEquals(JobState.FAILED, result.summary().state());
        assertEquals("site 'b': the disk is full", result.reason().orElseThrow());
        JsonNode state = Federation.json(root.resolve("run/state.json"));
        assertEquals("FAILED", state.get("state").asText());
        assertEquals("site 'b': the disk is full", state.get("reason").asText());
        assertEquals(1, state.get("round").asInt());
        assertFalse(Files.exists(root.resolve("run/result")));
        assertEquals(0, federation.plugins().open());
    }

    @Test
    void refusesAnUpdateThatIsNoNumber() throws Exception {
        FakeTrainer diverging = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected float trained(String site, float value) {
                return site.equals("b") ? Float.NaN : value;
            }
        };
        SimulationResult result =
                new Federation(root, diverging).site("a", 1, 1).site("b", 1, 7).run("run");
        assertEquals(JobState.FAILED, result.summary().state());
        String reason = result.reason().orElseThrow();
        assertTrue(reason.startsWith("site 'b': tensor 'a.weight' has NaN (element 0)"), reason);
    }

    @Test
    void refusesSitesThatExchangeDifferentThings() throws Exception {
        FakeTrainer mixed = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected List<TensorSpec> tensors(String site) {
                return List.of(TensorSpec.of("x", DType.F32, Shape.of(site.equals("a") ? 8 : 4)));
            }
        };
        Federation federation = new Federation(root, mixed).site("a", 1, 1).site("b", 1, 7);
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertEquals(
                "the sites do not agree on what is exchanged: tensor 'x' is F32 [8] at site 'a' and F32 [4] at site 'b';"
                        + " run the same strategy on the same base at all sites",
                refusal.getMessage());
        assertFalse(Files.exists(root.resolve("run")), "nothing is left of a job that could not begin");
        assertEquals(0, federation.plugins().open());
    }

    @Test
    void refusesSitesWithDifferentBases() throws Exception {
        FakeTrainer mixed = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected String digest(String site) {
                return site.repeat(64);
            }
        };
        Federation federation = new Federation(root, mixed).site("a", 1, 1).site("b", 1, 7);
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertTrue(refusal.getMessage().contains("digest " + "a".repeat(64) + " at site 'a'"));
        assertTrue(refusal.getMessage().contains("b".repeat(64) + " at site 'b'"));
    }

    @Test
    void namesTheSiteWithoutTheDataset() throws Exception {
        Federation federation = threeSites();
        Files.move(root.resolve("sites/south/numbers.jsonl"), root.resolve("sites/south/other.jsonl"));
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertTrue(refusal.getMessage().startsWith("site 'south': "), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("'numbers'"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("held, other"), refusal.getMessage());
    }

    @Test
    void whatIsWrongAtEverySiteIsToldOnceAndOfNone() throws Exception {
        FakeTrainer broken = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected String digest(String site) {
                throw new Refusal("the base is broken; mend it");
            }
        };
        Federation federation = new Federation(root, broken).site("a", 1, 1).site("b", 1, 7);
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertEquals("the base is broken; mend it (at all 2 sites)", refusal.getMessage());
    }

    @Test
    void whatIsWrongAtSomeSitesIsToldWithTheirNames() throws Exception {
        FakeTrainer broken = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected String digest(String site) {
                if (site.equals("b")) {
                    return super.digest(site);
                }
                throw new Refusal("the base is broken; mend it");
            }
        };
        Federation federation =
                new Federation(root, broken).site("a", 1, 1).site("b", 1, 7).site("c", 1, 7);
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertEquals("sites 'a', 'c': the base is broken; mend it", refusal.getMessage());
    }

    @Test
    void whatFitsNoModelIsToldWithItsLine() throws Exception {
        FakeTrainer demanding = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected void opened(String site, TrainingSetup setup) {
                throw Refusal.of("strategy.targets", "'q_prj' matches no layer");
            }
        };
        Federation federation = new Federation(root, demanding)
                .site("a", 1, 1)
                .site("b", 1, 7)
                .more("strategy:\n  type: any\n  targets: [q_prj]\n");
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertEquals(
                root.resolve("job.yaml") + ":8: strategy.targets: 'q_prj' matches no layer (at all 2 sites)",
                refusal.getMessage());
    }

    @Test
    void refusesASiteWhoseFolderHasANameThatNoSiteMayHave() throws Exception {
        Federation federation = threeSites();
        Path folder = Files.createDirectories(root.resolve("sites/north bank"));
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertEquals(
                "the name of the folder " + folder + " is none for a site: a to z, A to Z, digits, '.', '_' and '-' are"
                        + " allowed, 100 at most, the first one a letter or a digit; rename the folder",
                refusal.getMessage());
        assertFalse(Files.exists(root.resolve("run")));
    }

    @Test
    void refusesSitesWhoseNamesDifferInCaseOnly() throws Exception {
        Federation federation = threeSites();
        Files.createDirectories(root.resolve("sites/North"));
        if (names(root.resolve("sites")).size() < 4) {
            return; // This file system does not tell them apart.
        }
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertEquals(
                "the sites 'North' and 'north' differ in upper and lower case only; rename the folder of one of them",
                refusal.getMessage());
    }

    @Test
    void aClockThatStandsOrGoesBackMakesNoRunAnothers() throws Exception {
        Instant now = Instant.parse("2026-03-29T01:30:00Z");
        Federation federation = threeSites().clock(Clock.fixed(now, ZoneOffset.UTC));
        SimulationResult first = federation.run("first");
        SimulationResult second = federation.run("second");
        SimulationResult earlier = federation
                .clock(Clock.fixed(now.minus(Duration.ofHours(1)), ZoneOffset.UTC))
                .run("earlier");
        assertEquals("numbers-20260329-013000", first.summary().job());
        assertEquals("numbers-20260329-013000-2", second.summary().job());
        assertEquals("numbers-20260329-003000", earlier.summary().job());
        assertSameBytes("first", "second");
        assertSameBytes("first", "earlier");
    }

    @Test
    void validatesOnlyWhereThereIsSomethingToValidateOn() throws Exception {
        Federation federation = threeSites();
        Files.delete(root.resolve("sites/south/held.jsonl"));
        List<String> notes = new ArrayList<>();
        federation.watching(event -> {
            if (event instanceof JobEvent.Noted note) {
                notes.add(note.site().orElse("server") + ": " + note.message());
            }
        });
        assertEquals(JobState.FINISHED, federation.run("run").summary().state());
        assertEquals(List.of("south: there is no dataset 'held' here, so this site validates no model"), notes);
        List<String> validating = new ArrayList<>();
        for (JsonNode line : Federation.lines(root.resolve("run/metrics.jsonl"))) {
            if (line.get("kind").asText().equals("validate") && line.has("model")) {
                validating.add(line.path("site").asText("all"));
            }
        }
        assertEquals(List.of("north", "west", "all"), validating);
    }

    @Test
    void refusesAFolderThatHoldsAnything() throws Exception {
        Federation federation = threeSites();
        Files.createDirectories(root.resolve("run"));
        Files.writeString(root.resolve("run/thesis.txt"), "mine");
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertTrue(refusal.getMessage().contains("is not empty"), refusal.getMessage());
        assertEquals(List.of("thesis.txt"), names(root.resolve("run")));
    }

    @Test
    void aFinishedRunIsNotOfferedToBeResumed() throws Exception {
        Federation federation = threeSites();
        federation.run("run");

        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));

        assertEquals(
                root.resolve("run")
                        + " is not empty: it has a run, which is finished; --out names a folder that is empty"
                        + " or does not exist yet",
                refusal.getMessage());
    }

    @Test
    void linksTheRunFromTheHome() throws Exception {
        SimulationResult result = threeSites().run("run");
        Path link = root.resolve("home/data/jobs").resolve(result.summary().job());
        assertEquals(root.resolve("run").toRealPath(), link.toRealPath());
        assertEquals(List.of(), names(root.resolve("home/data/sites")), "what sites kept is gone");
    }

    @Test
    void stopsWhenItIsInterrupted() throws Exception {
        CountDownLatch training = new CountDownLatch(1);
        FakeTrainer endless = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected void beforeTraining(String site, Task task, JobContext job) {
                training.countDown();
                while (true) {
                    job.checkCancelled();
                    Thread.onSpinWait();
                }
            }
        };
        Federation federation =
                new Federation(root, endless).site("a", 1, 1).site("b", 1, 7).parallel(2);
        Thread simulating = Thread.currentThread();
        Thread stopper = new Thread(
                () -> {
                    try {
                        training.await();
                        simulating.interrupt();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "stopper");
        stopper.start();
        assertThrows(InterruptedException.class, () -> federation.run("run"));
        stopper.join();
        assertEquals(
                "STOPPED",
                Federation.json(root.resolve("run/state.json")).get("state").asText());
        assertEquals(0, federation.plugins().open());
    }

    @Test
    void runsTwentySites() throws Exception {
        Federation federation = new Federation(root, FakeTrainer.ofTwoTensors(DType.F32)).parallel(4);
        for (int k = 0; k < 20; k++) {
            federation.site(String.format("site-%02d", k), k, k, k + 1);
        }
        SimulationResult result = federation.run("run");
        assertEquals(
                JobState.FINISHED, result.summary().state(), result.reason().toString());
        assertEquals(20 * 2, names(root.resolve("run/rounds/3/updates")).size());
    }

    @Test
    void dealsOneFileToSites() throws Exception {
        Path file = root.resolve("all.jsonl");
        Files.write(file, IntStream.range(0, 100).mapToObj(Integer::toString).toList());
        Federation federation = new Federation(root, FakeTrainer.ofTwoTensors(DType.F32));
        SimulationResult result =
                federation.run(new SiteData.Split(file, 4, OptionalDouble.empty()), Optional.of(root.resolve("run")));
        assertEquals(
                JobState.FINISHED, result.summary().state(), result.reason().toString());
        JsonNode sites =
                Federation.json(root.resolve("run/rounds/1/metrics.json")).get("sites");
        assertEquals(4, sites.size());
        sites.forEach(site -> assertEquals(23, site.get("samples").asInt(), "25 less the two held out"));
    }

    @Test
    void aFileThatIsNotThereCannotBeDealt() throws Exception {
        Federation federation = new Federation(root, FakeTrainer.ofTwoTensors(DType.F32));
        Refusal missing = assertThrows(
                Refusal.class,
                () -> federation.run(
                        new SiteData.Split(root.resolve("all.jsonl"), 4, OptionalDouble.empty()), Optional.empty()));
        assertEquals(
                "there is no file " + root.resolve("all.jsonl")
                        + "; --split deals one file of records, a JSON object a line",
                missing.getMessage());
        Refusal folder = assertThrows(
                Refusal.class,
                () -> federation.run(new SiteData.Split(root, 4, OptionalDouble.empty()), Optional.empty()));
        assertTrue(folder.getMessage().startsWith(root + " is a folder; "), folder.getMessage());
    }

    private void assertSameBytes(String one, String other) throws IOException {
        SortedMap<String, byte[]> expected = Federation.bytes(root.resolve(one));
        SortedMap<String, byte[]> found = Federation.bytes(root.resolve(other));
        assertEquals(expected.keySet(), found.keySet());
        assertTrue(expected.containsKey("result/model.safetensors"));
        expected.forEach((name, bytes) -> assertArrayEquals(bytes, found.get(name), name));
    }

    private static void awaitAll(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static List<String> names(Path folder) throws Exception {
        try (var entries = Files.list(folder)) {
            return List.copyOf(new TreeSet<>(
                    entries.map(entry -> entry.getFileName().toString()).toList()));
        }
    }
}
