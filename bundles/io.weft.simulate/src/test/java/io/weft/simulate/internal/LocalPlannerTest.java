package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.job.JobFile;
import io.weft.server.JobEvent;
import io.weft.simulate.RunPlan;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SiteData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class LocalPlannerTest {

    @TempDir
    Path root;

    private final List<String> trained = Collections.synchronizedList(new ArrayList<>());

    @Test
    void plansTheBytesThatARunTakes() throws Exception {
        Federation federation = federation();
        RunPlan plan = plan(federation, job());
        federation.run("run");
        JobEvent.RoundFinished real = federation.events().stream()
                .filter(event -> event instanceof JobEvent.RoundFinished end && end.round() == 2)
                .map(JobEvent.RoundFinished.class::cast)
                .findFirst()
                .orElseThrow();
        // Frames name the job and the sites, so their sizes differ by some letters.
        assertEquals(1, (double) plan.bytesUp() / real.bytesUp(), 0.001);
        assertEquals(1, (double) plan.bytesDown() / real.bytesDown(), 0.001);
    }

    @Test
    void countsWhatEverySiteTrainsOn() throws Exception {
        RunPlan plan = plan(federation(), job());
        assertEquals(3, plan.rounds());
        assertEquals(Set.of("north", "south", "west"), plan.sites().keySet());
        assertEquals(100, plan.sites().get("north").records());
        assertEquals(2, plan.sites().get("west").records());
        assertEquals(1, plan.sites().get("west").validated());
        assertTrue(plan.roundSeconds() > 0);
        assertTrue(plan.seconds() >= 3 * plan.roundSeconds());
    }

    @Test
    void measuresTwoSitesWithAFewRecordsAndClearsUp() throws Exception {
        Federation federation = federation();
        plan(federation, job());
        assertEquals(
                List.of("north 24", "north 24", "south 1", "south 1"),
                trained.stream().sorted().toList());
        try (var left = Files.list(root.resolve("home/data/plans"))) {
            assertEquals(List.of(), left.toList());
        }
        assertFalse(Files.exists(root.resolve("home/data/jobs")));
        assertEquals(0, federation.plugins().open());
    }

    @Test
    void whatTheJobAsksBesidesTrainingIsLeftOut() throws Exception {
        plan(federation(), job() + """
                aggregator: {type: fedavg, weightBy: equal}
                select: {metric: validation_loss}
                sites: {south: {data: {maxLength: 7}}, west: {data: {maxLength: 9}}}
                """);
        assertEquals(4, trained.size());
    }

    @Test
    void aJobThatCannotBeginIsRefused() throws Exception {
        Federation federation = federation();
        assertThrows(Refusal.class, () -> plan(federation, job().replace("base: base", "base: nowhere")));
        assertEquals(List.of(), trained);
    }

    @Test
    void sitesThatRunTogetherTakeAsLongAsTheirSlots() {
        assertEquals(9, ShortRounds.together(List.of(2.0, 3.0, 4.0), 1));
        assertEquals(6, ShortRounds.together(List.of(2.0, 3.0, 4.0), 2));
        assertEquals(4, ShortRounds.together(List.of(2.0, 3.0, 4.0), 5));
        assertEquals(0, ShortRounds.together(List.of(), 1));
    }

    private Federation federation() throws Exception {
        FakeTrainer trainer = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected long steps(String site, int records) {
                trained.add(site + " " + records);
                return super.steps(site, records);
            }
        };
        return new Federation(root, trainer)
                .site("north", 1, IntStream.range(0, 100).mapToDouble(i -> i).toArray())
                .site("south", 2, 4)
                .site("west", 3, 2, 2);
    }

    private static String job() {
        return """
                name: numbers
                workflow: {type: fedavg, rounds: 3, sites: {min: 3}}
                model: {backend: fake, base: base}
                trainer: {type: fake}
                data: {train: numbers, validate: held}
                """;
    }

    private RunPlan plan(Federation federation, String job) throws IOException, InterruptedException {
        Path file = root.resolve("planned.yaml");
        Files.writeString(file, job);
        return new LocalPlanner(new LocalSimulation(federation.plugins()))
                .plan(
                        new SimulationRequest(
                                JobFile.read(file),
                                file,
                                new SiteData.Folders(root.resolve("sites")),
                                Optional.empty(),
                                root.resolve("home"),
                                OptionalInt.empty()),
                        (atSite, records) -> new RecordLines(records).count());
    }
}
