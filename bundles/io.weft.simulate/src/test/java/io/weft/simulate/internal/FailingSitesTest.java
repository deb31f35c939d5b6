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
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.Task;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import io.weft.simulate.SimulationResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A site that fails costs its own contribution, while as many are left as the job file asks for. */
@Timeout(300)
class FailingSitesTest {

    private static final List<TensorSpec> TENSORS = FakeTrainer.twoTensors(DType.F32);

    @TempDir
    Path root;

    private Federation threeSites(FakeTrainer trainer) throws IOException {
        return new Federation(root, trainer)
                .site("north", 1, 1, 2, 3)
                .site("south", 2, 4)
                .site("west", 3, 2, 2);
    }

    private Federation twoOfThree(FakeTrainer trainer) throws IOException {
        return threeSites(trainer).workflow("rounds: 3, sites: {min: 2}");
    }

    /** Fails at one site in some rounds. */
    private static FakeTrainer failing(String where, RuntimeException failure, Integer... rounds) {
        return new FakeTrainer(TENSORS) {
            @Override
            protected void beforeTraining(String site, Task task, JobContext job) {
                if (site.equals(where) && List.of(rounds).contains(task.round())) {
                    throw failure;
                }
            }
        };
    }

    @Test
    void aSiteThatFailsIsLeftOutOfTheRoundAndAskedAgain() throws Exception {
        Federation federation = twoOfThree(failing("west", new Refusal("the disk is full"), 2));
        SimulationResult result = federation.run("run");
        assertEquals(
                JobState.FINISHED, result.summary().state(), result.reason().toString());
        assertEquals(3, result.summary().rounds());
        assertEquals(List.of("2 west the disk is full"), failures());
        assertEquals(List.of("north", "south", "west"), contributors(1));
        assertEquals(List.of("north", "south"), contributors(2));
        assertEquals(List.of("north", "south", "west"), contributors(3));
        assertEquals(
                "the disk is full",
                Federation.json(root.resolve("run/rounds/2/metrics.json"))
                        .at("/failed/west")
                        .asText());
        assertTrue(federation.events().contains(new JobEvent.SiteFailed(2, "west", "the disk is full")));
        assertEquals(1, metrics("failed").size());
        assertEquals(3 + 2 + 3, metrics("train").size(), "who does not count has no line");
        assertEquals(0, federation.plugins().open());
    }

    @Test
    void theResultDependsOnWhoContributedAlone() throws Exception {
        twoOfThree(failing("west", new Refusal("the disk is full"), 1, 2)).run("one");
        twoOfThree(failing("west", new IllegalStateException("another reason"), 1, 2))
                .parallel(3)
                .run("three");
        SortedMap<String, byte[]> one = Federation.bytes(root.resolve("one"));
        SortedMap<String, byte[]> three = Federation.bytes(root.resolve("three"));
        assertEquals(one.keySet(), three.keySet());
        one.forEach((name, bytes) -> assertArrayEquals(bytes, three.get(name), name));
    }

    @Test
    void anUpdateThatIsNoNumberCostsItsSiteAlone() throws Exception {
        SimulationResult result = twoOfThree(new FakeTrainer(TENSORS) {
                    @Override
                    protected float trained(String site, float value) {
                        return site.equals("south") ? Float.NaN : value;
                    }
                })
                .run("run");
        assertEquals(JobState.FINISHED, result.summary().state());
        assertEquals(3, failures().size());
        assertTrue(
                failures().get(0).startsWith("1 south tensor 'a.weight' has NaN (element 0); "), failures()::toString);
        assertEquals(List.of("north", "west"), contributors(3));
        assertFalse(Files.exists(root.resolve("run/rounds/3/updates/south.safetensors")));
    }

    @Test
    void aSiteThatLacksAClassCostsItsOwnContribution() throws Exception {
        SimulationResult result = twoOfThree(new FakeTrainer(TENSORS) {
                    @Override
                    protected void beforeTraining(String site, Task task, JobContext job) {
                        if (site.equals("north")) {
                            throw new NoClassDefFoundError("com/example/Missing");
                        }
                    }
                })
                .run("run");
        assertEquals(JobState.FINISHED, result.summary().state());
        assertEquals(
                "1 north java.lang.NoClassDefFoundError: com/example/Missing",
                failures().get(0));
    }

    @Test
    void theJobFailsWhenTooFewAreLeft() throws Exception {
        SimulationResult result = twoOfThree(new FakeTrainer(TENSORS) {
                    @Override
                    protected void beforeTraining(String site, Task task, JobContext job) {
                        if (!site.equals("west") && task.round() == 2) {
                            throw new Refusal("the disk is full");
                        }
                    }
                })
                .run("run");
        assertEquals(JobState.FAILED, result.summary().state());
        assertEquals(1, result.summary().rounds());
        assertEquals(
                "workflow.sites.min asks for 2 sites, and 1 of 3 are left: sites 'north', 'south': the disk is full",
                result.reason().orElseThrow());
    }

    @Test
    void anotherSiteGivesTheFirstModel() throws Exception {
        SimulationResult result = twoOfThree(new FakeTrainer(TENSORS) {
                    @Override
                    protected void beforeFirstModel(String site) {
                        if (site.equals("north")) {
                            throw new Refusal("there is no room for the first model");
                        }
                    }
                })
                .run("run");
        assertEquals(JobState.FINISHED, result.summary().state());
        assertEquals(List.of("0 north submit-model: there is no room for the first model"), failures());
        assertEquals(List.of("north", "south", "west"), contributors(1));
    }

    @Test
    void aFailureInTheClosingValidationCostsThatMeasurement() throws Exception {
        SimulationResult result = twoOfThree(new FakeTrainer(TENSORS) {
                    @Override
                    protected void beforeValidation(String site, Task task) {
                        if (site.equals("south") && task.kind().equals(Task.VALIDATE)) {
                            throw new Refusal("the records are gone");
                        }
                    }
                })
                .run("run");
        assertEquals(JobState.FINISHED, result.summary().state());
        assertTrue(Files.exists(root.resolve("run/result/model.safetensors")));
        assertEquals(List.of("3 south validate: the records are gone"), failures());
    }

    @Test
    void aSiteWithoutTheDatasetIsLeftOutOfTheJob() throws Exception {
        Federation federation = twoOfThree(new FakeTrainer(TENSORS));
        Files.delete(root.resolve("sites/south/numbers.jsonl"));
        SimulationResult result = federation.run("run");
        assertEquals(JobState.FINISHED, result.summary().state());
        assertEquals(1, failures().size());
        assertTrue(failures().get(0).startsWith("0 south "), failures()::toString);
        assertTrue(failures().get(0).contains("there is no dataset 'numbers' here"), failures()::toString);
        assertEquals(List.of("north", "west"), contributors(1));
    }

    @Test
    void aNameThatIsWrongEverywhereIsSaidOnce() throws Exception {
        Federation federation = twoOfThree(new FakeTrainer(TENSORS));
        for (String site : List.of("north", "south", "west")) {
            Files.move(
                    root.resolve("sites/" + site + "/numbers.jsonl"), root.resolve("sites/" + site + "/number.jsonl"));
        }
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertEquals(
                root.resolve("job.yaml")
                        + ":5: there is no dataset 'numbers' here, but held, number; add it to the site, or leave the site"
                        + " out; did you mean 'number'? (at all 3 sites)",
                refusal.getMessage());
        assertFalse(Files.exists(root.resolve("run")));
    }

    @Test
    void aJobThatTooFewCanTakePartInDoesNotBegin() throws Exception {
        Federation federation = twoOfThree(new FakeTrainer(TENSORS));
        Files.delete(root.resolve("sites/south/numbers.jsonl"));
        Files.writeString(root.resolve("sites/west/numbers.jsonl"), "not a number\n");
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertTrue(
                refusal.getMessage()
                        .startsWith(root.resolve("job.yaml")
                                + ":2: the job wants 2 sites at least, and 1 of 3 can take part: site 'south': "),
                refusal.getMessage());
        assertTrue(refusal.getMessage().contains("; site 'west': "), refusal.getMessage());
    }

    @Test
    void theSiteWithAnotherBaseIsLeftOutThoughItIsTheFirst() throws Exception {
        Federation federation = twoOfThree(new FakeTrainer(TENSORS) {
            @Override
            protected String digest(String site) {
                return (site.equals("north") ? "a" : "b").repeat(64);
            }
        });
        assertEquals(JobState.FINISHED, federation.run("run").summary().state());
        assertEquals(List.of("south", "west"), contributors(1));
        assertTrue(failures().get(0).contains("the sites have different bases: digest "), failures()::toString);
    }

    @Test
    void aSiteThatExchangesOtherTensorsIsLeftOut() throws Exception {
        Federation federation = twoOfThree(new FakeTrainer(TENSORS) {
            @Override
            protected List<TensorSpec> tensors(String site) {
                return List.of(TensorSpec.of("x", DType.F32, Shape.of(site.equals("south") ? 8 : 4)));
            }
        });
        assertEquals(JobState.FINISHED, federation.run("run").summary().state());
        assertEquals(List.of("north", "west"), contributors(1));
        assertTrue(
                failures().get(0).contains("tensor 'x' is F32 [4] at site 'north' and F32 [8] at site 'south'"),
                failures()::toString);
    }

    private List<String> failures() throws IOException {
        return lines("events.jsonl").stream()
                .filter(line -> line.get("event").asText().equals("site-failed"))
                .map(line -> line.get("round").asInt() + " " + line.get("site").asText() + " "
                        + line.get("reason").asText())
                .toList();
    }

    private List<JsonNode> metrics(String kind) throws IOException {
        return lines("metrics.jsonl").stream()
                .filter(line -> line.get("kind").asText().equals(kind))
                .toList();
    }

    private List<JsonNode> lines(String file) throws IOException {
        return Federation.lines(root.resolve("run").resolve(file));
    }

    private List<String> contributors(int round) throws IOException {
        JsonNode sites = Federation.json(root.resolve("run/rounds/" + round + "/metrics.json"))
                .get("sites");
        List<String> names = new ArrayList<>();
        sites.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
