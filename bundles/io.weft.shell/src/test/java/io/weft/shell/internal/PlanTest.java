package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.lm.DatasetDescription.Rendered;
import io.weft.server.JobObserver;
import io.weft.server.JobState;
import io.weft.simulate.Planner;
import io.weft.simulate.RunPlan;
import io.weft.simulate.RunPlan.SiteShare;
import io.weft.simulate.Simulation;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.SiteData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanTest {

    @TempDir
    Path folder;

    private final Recording recording = new Recording();
    private final List<SimulationRequest> requests = new ArrayList<>();

    private final FakeDatasets datasets = new FakeDatasets(new Rendered(Optional.empty(), "text"));

    private long counted;
    private OptionalLong memory = OptionalLong.of(1_200_000_000);
    private Path job;

    @BeforeEach
    void writeJob() throws IOException {
        job = Files.writeString(folder.resolve("job.yaml"), """
                name: small
                workflow: {rounds: 3}
                model: {base: base}
                strategy: lora
                data: {train: notes}
                train: {lr: 1.0e-3}
                """);
    }

    @Test
    void printsWhatItWillTake() throws InterruptedException {
        assertEquals(0, plan());

        assertEquals("""
                site    records  trained in  validated  validated in
                garden    3,000         12s        250            1s
                zoo       1,000          4s          0            0s

                a round      18s, 1.3 MB up, 1.2 MB down
                3 rounds     1m01s with set-up and closing validation
                memory       about 1.2 GB
                """, recording.out());
        assertEquals(
                new SiteData.Folders(folder.resolve("sites")), requests.get(0).sites());
    }

    @Test
    void countsTheRecordsThatTheTrainerReads() throws InterruptedException {
        plan();
        assertEquals(99, counted, "of 100 lines");
    }

    @Test
    void ofATrainerOfTheJobsOwnEveryLineCounts() throws IOException, InterruptedException {
        Files.writeString(folder.resolve("notes.jsonl"), "one\n\ntwo\n");
        Files.writeString(job, """
                name: small
                workflow: {rounds: 3}
                model: {backend: weights, base: base}
                data: {train: notes}
                trainer: {command: [python3, -V]}
                """);
        plan();
        assertEquals(2, counted);
    }

    @Test
    void printsOneObject() throws InterruptedException {
        plan("--json", "--split", "all.jsonl:2", "--parallel", "2");

        assertEquals(
                "{\"bytesUp\":1250000,\"bytesDown\":1200000,\"roundSeconds\":18.0,\"seconds\":61.0,\"memory\":1200000000,"
                        + "\"rounds\":3,\"sites\":{\"garden\":{\"records\":3000,\"trainSeconds\":12.0,\"validated\":250,"
                        + "\"validateSeconds\":1.0},\"zoo\":{\"records\":1000,\"trainSeconds\":4.0,\"validated\":0,"
                        + "\"validateSeconds\":0.0}}}\n",
                recording.out());
        assertEquals(OptionalInt.of(2), requests.get(0).parallel());
    }

    @Test
    void aRunIsComparedWithItsPlan() throws InterruptedException {
        memory = OptionalLong.empty();
        plan();
        assertEquals(0, simulate(), recording.err());

        // What this process takes has three digits or a point more, and its column with it.
        String compared = recording
                .out()
                .substring(recording.out().indexOf("         a round"))
                .replaceAll(" {2,}", " ");
        assertTrue(
                compared.startsWith(
                        " a round up down in all memory\nplanned 18s 1.3 MB 1.2 MB 1m01s –\nwas 4s 1.2 kB 2.4 kB 7s"),
                compared);
    }

    @Test
    void aRunWithAnotherJobOrOtherFlagsHasNoPlan() throws IOException, InterruptedException {
        plan();
        simulate("--parallel", "2");
        Files.writeString(job, Files.readString(job).replace("1.0e-3", "2.0e-3"));
        simulate();

        assertFalse(recording.out().contains("planned"), recording.out());
    }

    @Test
    void aJobThatCannotBeginHasNoPlan() throws InterruptedException {
        Planner refusing = (request, count) -> {
            throw new Refusal("there is no base");
        };
        assertEquals(2, plan(refusing));
        assertEquals("weft: there is no base\n", recording.err());
        assertFalse(Files.exists(folder.resolve("home")));
    }

    @Test
    void flagsThatMakeNoSenseAreRefusedInItsName() throws InterruptedException {
        assertEquals(2, plan("--split", "a:1", "--sites", "b"));
        assertTrue(recording.err().startsWith("weft: plan: --sites and --split exclude each other"), recording.err());
    }

    private int plan(String... words) throws InterruptedException {
        return plan(
                (request, count) -> {
                    requests.add(request);
                    counted = count.records(request.job(), folder.resolve("notes.jsonl"));
                    return new RunPlan(
                            3,
                            new TreeMap<>(Map.of(
                                    "garden", new SiteShare(3000, 250, 12, 1), "zoo", new SiteShare(1000, 0, 4, 0))),
                            1_250_000,
                            1_200_000,
                            18,
                            61,
                            memory);
                },
                words);
    }

    private int plan(Planner planner, String... words) throws InterruptedException {
        var service = new OneService<>(planner);
        var command = new Plan(service, datasets, folder.resolve("home"));
        int exit = Session.run(recording.screen(), () -> command.run(with(words), recording.screen()));
        assertEquals(0, service.held());
        return exit;
    }

    private int simulate(String... words) throws InterruptedException {
        var command = new Simulate(
                new OneService<Simulation>(PlanTest::finish),
                new OneService<>(new FakeResumption()),
                new OneService<>(null),
                datasets,
                null,
                folder.resolve("home"),
                () -> 0);
        return Session.run(recording.screen(), () -> command.run(with(words), recording.screen()));
    }

    private List<String> with(String... words) {
        var all = new ArrayList<>(List.of(job.toString()));
        all.addAll(List.of(words));
        return all;
    }

    private static SimulationResult finish(SimulationRequest request, JobObserver observer) {
        Runs.events().forEach(observer::happened);
        return Runs.result(JobState.FINISHED, Optional.empty());
    }
}
