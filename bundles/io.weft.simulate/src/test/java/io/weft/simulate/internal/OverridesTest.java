package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.TrainingSetup;
import io.weft.job.Reference;
import io.weft.server.JobState;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.SiteData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the job file says of single sites reaches them, and them alone. */
@Timeout(300)
class OverridesTest {

    /** Section, key, what the site has, and what its trainer sees. */
    private static final List<List<String>> OVERRIDES = List.of(
            List.of("train", "optimizer", "{type: sgd, weightDecay: 0.5}", "{type=sgd, weightDecay=0.5}"),
            List.of("train", "lr", "0.125", "0.125"),
            List.of("train", "schedule", "cosine", "cosine"),
            List.of("train", "warmup", "0.25", "0.25"),
            List.of("train", "clip", "0.5", "0.5"),
            List.of("train", "batch", "2", "2"),
            List.of("train", "accumulate", "3", "3"),
            List.of("train", "epochs", "5", "5"),
            List.of("train", "steps", "6", "6"),
            List.of("train", "precision", "fp32", "fp32"),
            List.of("train", "state", "reset", "reset"),
            List.of("data", "train", "others", "others"),
            List.of("data", "validate", "also-held", "also-held"),
            List.of("data", "template", "alpaca", "alpaca"),
            List.of("data", "maxLength", "17", "17"),
            List.of("model", "backend", "another", "another"),
            List.of("model", "base", "copy", "copy"),
            List.of("strategy", "dropout", "0.25", "0.25"));

    private static final Set<String> SAME_EVERYWHERE =
            Set.of("train.seed", "model.digest", "model.share", "strategy.type");

    @TempDir
    Path root;

    private final Map<String, TrainingSetup> setups = new ConcurrentHashMap<>();

    private final FakeTrainer trainer = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
        @Override
        protected void opened(String site, TrainingSetup setup) {
            setups.put(site, setup);
        }
    };

    private Federation federation() throws IOException {
        Federation federation = new Federation(root, trainer)
                .site("north", 1, 1)
                .site("west", 3, 2)
                .more("train: {lr: 0.5, seed: 3}\nstrategy: {type: any}\n");
        Files.copy(root.resolve("sites/west/numbers.jsonl"), root.resolve("sites/west/others.jsonl"));
        Files.copy(root.resolve("sites/west/held.jsonl"), root.resolve("sites/west/also-held.jsonl"));
        Files.createDirectories(root.resolve("copy"));
        return federation;
    }

    static Stream<Arguments> overrides() {
        return OVERRIDES.stream().map(row -> Arguments.of(row.get(0), row.get(1), row.get(2), row.get(3)));
    }

    @ParameterizedTest
    @MethodSource("overrides")
    void reachTheirSiteAlone(String section, String key, String given, String seen) throws Exception {
        SimulationResult result = federation()
                .more("sites: {west: {" + section + ": {" + key + ": " + given + "}}}\n")
                .run("run");
        assertEquals(
                JobState.FINISHED, result.summary().state(), result.reason().toString());
        assertEquals(seen, seenAt("west", section, key));
        assertNotEquals(seen, seenAt("north", section, key));
    }

    @Test
    void coverEveryKeyThatMayDiffer() {
        Set<String> covered = OVERRIDES.stream()
                .map(row -> row.get(0) + "." + row.get(1))
                .filter(key -> !key.equals("strategy.dropout"))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> declared = new TreeSet<>();
        for (String section : List.of("train", "data", "model", "strategy")) {
            Pattern.compile("(?m)^\\| `(\\w+)`")
                    .matcher(Reference.tables().get(section))
                    .results()
                    .forEach(row -> declared.add(section + "." + row.group(1)));
        }
        declared.removeAll(SAME_EVERYWHERE);
        assertEquals(declared, covered);
    }

    @Test
    void nameFilesOfTheirOwn() throws Exception {
        federation()
                .more("sites: {west: {data: {train: others, validate: also-held}, model: {base: copy}}}\n")
                .run("run");
        assertEquals(
                List.of(root.resolve("sites/west/others.jsonl")),
                setups.get("west").datasets().get(TrainingSetup.TRAIN));
        assertEquals(
                List.of(root.resolve("sites/west/also-held.jsonl")),
                setups.get("west").datasets().get(TrainingSetup.VALIDATE));
        assertEquals(Optional.of(root.resolve("copy")), setups.get("west").base());
        assertEquals(Optional.of(root.resolve("base")), setups.get("north").base());
    }

    @Test
    void nameTheDatasetsOfAFileThatIsDealt() throws Exception {
        Path file = root.resolve("all.jsonl");
        Files.write(file, List.of("1", "2", "3", "4", "5", "6"));
        SimulationResult result = federation()
                .more("sites: {site-2: {data: {train: others}}}\n")
                .run(new SiteData.Split(file, 2, OptionalDouble.empty()), Optional.of(root.resolve("run")));
        assertEquals(
                JobState.FINISHED, result.summary().state(), result.reason().toString());
        assertEquals(
                "others.jsonl",
                setups.get("site-2")
                        .datasets()
                        .get(TrainingSetup.TRAIN)
                        .get(0)
                        .getFileName()
                        .toString());
    }

    @Test
    void ofASiteThatIsNotThereAreRefusedWithTheNearestName() throws Exception {
        Federation federation = federation().more("sites:\n  wset: {train: {batch: 2}}\n");
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertEquals(
                root.resolve("job.yaml") + ":9: there is no site 'wset'; there are: north, west; did you mean 'west'?",
                refusal.getMessage());
    }

    @Test
    void namingABaseThatIsNotThereAreRefusedWithTheirLine() throws Exception {
        Federation federation = federation().more("sites:\n  west: {model: {base: nowhere}}\n");
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertTrue(
                refusal.getMessage().startsWith(root.resolve("job.yaml") + ":9: there is no base 'nowhere'"),
                refusal.getMessage());
        assertTrue(
                refusal.getMessage()
                        .contains(
                                "; name the folder of a checkpoint, by a path that starts at the job file's folder, or add"
                                        + " 'nowhere: {folder: PATH}' to "),
                refusal.getMessage());
    }

    @Test
    void namingABaseByAPathAreNotToldToPutThePathIntoACatalogue() throws Exception {
        Federation federation = federation().more("sites:\n  west: {model: {base: ../nowhere}}\n");
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertTrue(
                refusal.getMessage()
                        .endsWith("; name the folder of a checkpoint, by a path that starts at the job file's folder"),
                refusal.getMessage());
    }

    @Test
    void thatChangeWhatIsExchangedAreRefusedThoughEnoughSitesWouldBeLeft() throws Exception {
        FakeTrainer byRank = new FakeTrainer(List.of()) {
            @Override
            protected List<TensorSpec> tensors(String site) {
                return List.of(TensorSpec.of("lora_A", DType.F32, Shape.of(site.equals("west") ? 4 : 8)));
            }
        };
        Federation federation = new Federation(root, byRank)
                .site("north", 1, 1)
                .site("south", 1, 1)
                .site("west", 3, 2)
                .workflow("rounds: 2, sites: {min: 1}")
                .more("strategy: {type: any, rank: 8}\nsites:\n  west: {strategy: {rank: 4}}\n");
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("run"));
        assertEquals(
                root.resolve("job.yaml")
                        + ":8: the sites do not agree on what is exchanged: tensor 'lora_A' is F32 [8] at site 'north' and"
                        + " F32 [4] at site 'west'; what is exchanged cannot differ by site, so give such options once for"
                        + " the whole job",
                refusal.getMessage());
        assertFalse(Files.exists(root.resolve("run")));
    }

    private String seenAt(String site, String section, String key) {
        Map<?, ?> values = (Map<?, ?>) setups.get(site).job().get(section);
        return String.valueOf(values.get(key));
    }
}
