package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.lm.DatasetDescription.Rendered;
import io.weft.lm.DatasetRequest;
import io.weft.server.JobObserver;
import io.weft.server.JobState;
import io.weft.simulate.Simulation;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.SiteData;
import io.weft.simulate.StoredRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimulateTest {

    @TempDir
    Path folder;

    private final List<SimulationRequest> requests = new ArrayList<>();
    private final Recording recording = new Recording();
    private final FakeResumption resumption = new FakeResumption();
    private FakeDatasets datasets = new FakeDatasets(new Rendered(Optional.of("define 'rose'"), " a flower"));
    private Path job;

    @BeforeEach
    void writeJob() throws IOException {
        job = Files.writeString(folder.resolve("job.yaml"), """
                name: small
                workflow: {rounds: 2}
                model: {base: base}
                strategy: lora
                data: {train: notes, validate: eval}
                train: {lr: 1.0e-3}
                """);
    }

    @Test
    void runsTheJobOverTheSitesBesideIt() throws InterruptedException {
        assertEquals(0, run(this::finish, job.toString()));

        SimulationRequest request = requests.get(0);
        assertEquals("small", request.job().name());
        assertEquals(job, request.jobFile());
        assertEquals(new SiteData.Folders(folder.resolve("sites")), request.sites());
        assertEquals(Optional.empty(), request.out());
        assertEquals(OptionalInt.empty(), request.parallel());
        assertTrue(recording.out().startsWith("small-1\n"));
        assertEquals("", recording.err());
    }

    @Test
    void endsWithWhereTheResultLiesAndWhatToTryNext() throws IOException, InterruptedException {
        Path run = folder.resolve("my run");
        Files.createDirectories(run.resolve("result"));
        Files.writeString(run.resolve("result/adapter_config.json"), "{\"base_model_name_or_path\": \"/models/base\"}");
        Path site = Files.createDirectories(folder.resolve("sites/a"));
        Files.writeString(site.resolve("eval.jsonl"), "records");
        Simulation simulation = (request, observer) -> new SimulationResult(
                Runs.result(JobState.FINISHED, Optional.empty()).summary(), Optional.empty(), run, Optional.empty());

        run(simulation, job.toString());

        String result = "'" + run.resolve("result") + "'";
        assertTrue(
                recording.out().endsWith("""

                                result:   %s
                                evaluate: weft evaluate --model /models/base --adapter %s --data %s
                                generate: weft generate --model /models/base --adapter %s --prompt 'define '\\''rose'\\'''
                                """.formatted(
                                run.resolve("result"), result, site.resolve("eval.jsonl"), result)),
                recording.out());
        assertEquals(
                List.of(new DatasetRequest(List.of(site.resolve("eval.jsonl")), Optional.empty(), OptionalInt.empty())),
                datasets.asked());
    }

    @Test
    void aTextIsContinuedFromItsFirstWords() throws IOException, InterruptedException {
        datasets = new FakeDatasets(new Rendered(Optional.empty(), "the wind from\nnorth blows hard"));
        Path run = folder.resolve("run");
        Files.createDirectories(run.resolve("result"));
        Files.writeString(run.resolve("result/adapter_config.json"), "{\"base_model_name_or_path\": \"base\"}");
        Files.writeString(Files.createDirectories(folder.resolve("sites/a")).resolve("eval.jsonl"), "records");

        run(
                (request, observer) -> new SimulationResult(
                        Runs.result(JobState.FINISHED, Optional.empty()).summary(),
                        Optional.empty(),
                        run,
                        Optional.empty()),
                job.toString());

        assertTrue(recording.out().endsWith(" --prompt 'the wind from'\n"), recording.out());
    }

    @Test
    void hintsBeginWithTheWordThatWasTyped() throws InterruptedException {
        Screen screen = recording.screen().calledBy("./weft");
        Simulation stopped = (request, observer) -> {
            observer.happened(Runs.events().get(0));
            return Runs.result(JobState.STOPPED, Optional.empty());
        };

        run(stopped, job.toString(), screen);

        assertTrue(recording.err().endsWith("to go on: ./weft simulate --resume small-1\n"), recording.err());
        assertEquals(
                "'/an installation/weft' help",
                screen.calledBy("/an installation/weft").command("help"));
        assertEquals("help", screen.calledBy("").command("help"));
    }

    @Test
    void takesFlags() throws InterruptedException {
        run(this::finish, job + " --split all.jsonl:5:0.3 --out runs/1 --parallel 3 --json");

        SimulationRequest request = requests.get(0);
        assertEquals(new SiteData.Split(Path.of("all.jsonl"), 5, OptionalDouble.of(0.3)), request.sites());
        assertEquals(Optional.of(Path.of("runs/1")), request.out());
        assertEquals(OptionalInt.of(3), request.parallel());
        assertTrue(recording.out().startsWith("{\"job\":\"small-1\""));
        assertTrue(recording.out().endsWith("\"folder\":\"/runs/small-1\"}\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --split all.jsonl           | weft: simulate: --split is 'all.jsonl'; allowed: FILE:N or FILE:N:ALPHA, such as records.jsonl:5:0.3
                    --split all.jsonl:0         | weft: simulate: --split asks for 0 sites; allowed: 1 or more
                    --split all.jsonl:3:-1      | weft: simulate: the ALPHA of --split is '-1'; allowed: a number above 0
                    --split a:1 --sites b       | weft: simulate: --sites and --split exclude each other; give one of them
                    """)
    void refusesFlagsThatMakeNoSense(String flags, String message) throws InterruptedException {
        assertEquals(2, run(this::finish, job + " " + flags));
        assertEquals(message + "\n", recording.err());
        assertEquals(List.of(), requests);
    }

    @Test
    void refusesABadJobFileBeforeAnythingStarts() throws IOException, InterruptedException {
        Files.writeString(job, Files.readString(job).replace("lr:", "rl:"));

        assertEquals(2, run(this::finish, job.toString()));
        assertTrue(recording.err().startsWith("weft: " + job + ":6: unknown key 'rl' in train; did you mean 'lr'?"));
        assertEquals("", recording.out());
    }

    @ParameterizedTest
    @CsvSource({"FINISHED,0", "FAILED,1", "STOPPED,3", "WAITING,3"})
    void tellsByItsExitCodeHowTheRunEnded(JobState state, int exit) throws InterruptedException {
        Simulation simulation = (request, observer) -> Runs.result(state, Optional.empty());

        assertEquals(exit, run(simulation, job.toString()));
    }

    @Test
    void tellsARefusalFromAFailureByWhetherTheRunHadBegun() throws InterruptedException {
        Simulation refusing = (request, observer) -> {
            throw new Refusal("the folder is not empty");
        };
        Simulation failing = (request, observer) -> {
            observer.happened(Runs.events().get(0));
            throw new Refusal("site a has no data");
        };

        assertEquals(2, run(refusing, job.toString()));
        assertEquals(1, run(failing, job.toString()));
        assertEquals("""
                        weft: the folder is not empty
                        weft: site a has no data
                        weft: nothing is lost; to go on: weft simulate --resume small-1
                        """, recording.err());
    }

    @Test
    void goesOnWithARun() throws IOException, InterruptedException {
        resumption.know("small-1", stored(JobState.RUNNING));

        assertEquals(0, run(this::finish, "--resume small-1 --parallel 2"));

        assertEquals(List.of(), requests, "nothing was begun");
        assertEquals(OptionalInt.of(2), resumption.resumed().get(0).request().parallel());
        assertTrue(
                recording.out().contains("\ngoes on after round 1; 1 site has done what comes next\n"),
                recording.out());
        assertTrue(
                recording.out().lines().anyMatch(line -> line.matches(" +1 +a +3\\.0000 .*")),
                "the rounds before are in the table, too: " + recording.out());
    }

    @Test
    void leavesAFinishedRunAsItIs() throws IOException, InterruptedException {
        resumption.know("small-1", stored(JobState.FINISHED));

        assertEquals(0, run(this::finish, job + " --resume small-1"));
        assertEquals(0, run(this::finish, "--resume small-1 --json"));

        assertEquals("""
                        small-1 is finished already; its result lies in /runs/small-1/result
                        {"job":"small-1","event":"ended","state":"FINISHED","folder":"/runs/small-1"}
                        """, recording.out());
        assertEquals(List.of(), resumption.resumed());
    }

    @Test
    void refusesAnotherJobFileThanTheOneThatTheRunBeganWith() throws IOException, InterruptedException {
        resumption.know("small-1", stored(JobState.RUNNING));
        Files.writeString(job, Files.readString(job).replace("rounds: 2", "rounds: 3"));

        assertEquals(2, run(this::finish, job + " --resume small-1"));

        assertEquals(
                "weft: " + job + ":2: this line is 'workflow: {rounds: 3}', and was 'workflow: {rounds: 2}' when run"
                        + " small-1 began; put it back, or start a new run\n",
                recording.err());
        assertEquals(List.of(), resumption.resumed());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --resume small-1 --sites s  | weft: simulate: a run that is resumed keeps its folder and the data that it began with; leave --sites out
                    --resume small-1 --out o    | weft: simulate: a run that is resumed keeps its folder and the data that it began with; leave --out out
                    --resume small-9            | weft: there is no run 'small-9'
                    """)
    void refusesWhatDoesNotGoWithResuming(String flags, String message) throws IOException, InterruptedException {
        resumption.know("small-1", stored(JobState.RUNNING));

        assertEquals(2, run(this::finish, flags));
        assertEquals(message + "\n", recording.err());
    }

    @Test
    void needsAJobOrARun() throws InterruptedException {
        assertEquals(2, run(this::finish, "--json"));
        assertTrue(recording.err().startsWith("weft: simulate: JOB is missing; usage: weft simulate [JOB] "));
    }

    @Test
    void saysHowToGoOnWithARunThatDidNotFinish() throws InterruptedException {
        Simulation stopped = (request, observer) -> {
            observer.happened(Runs.events().get(0));
            return Runs.result(JobState.FAILED, Optional.of("site 'a': the disk is full"));
        };

        assertEquals(1, run(stopped, job.toString()));
        assertEquals("""
                        weft: small-1 is FAILED: site 'a': the disk is full
                        weft: nothing is lost; to go on: weft simulate --resume small-1
                        """, recording.err());
    }

    @Test
    void saysHowToGoOnAfterAnInterrupt() {
        Simulation interrupted = (request, observer) -> {
            observer.happened(Runs.events().get(0));
            throw new InterruptedException();
        };

        assertThrows(InterruptedException.class, () -> run(interrupted, job.toString()));
        assertEquals("weft: nothing is lost; to go on: weft simulate --resume small-1\n", recording.err());
    }

    @Test
    void theRunsInTheHomeAreKnownForCompletion() throws IOException {
        var command = new Simulate(null, null, null, null, null, folder, () -> 0);
        assertEquals(List.of(), command.known("--resume"));
        Files.createDirectories(folder.resolve("data/jobs/small-2"));
        Files.createDirectories(folder.resolve("data/jobs/small-1"));
        assertEquals(List.of("small-1", "small-2"), command.known("--resume"));
        assertEquals(List.of(), command.known("--out"));
    }

    private StoredRun stored(JobState state) {
        Job read = JobFile.read(job);
        SimulationRequest request = new SimulationRequest(
                read,
                job,
                new SiteData.Folders(folder.resolve("sites")),
                Optional.of(Runs.FOLDER),
                folder,
                OptionalInt.empty());
        return new StoredRun("small-1", Runs.FOLDER, request, List.of("a", "b"), state);
    }

    private SimulationResult finish(SimulationRequest request, JobObserver observer) {
        requests.add(request);
        Runs.events().forEach(observer::happened);
        return Runs.result(JobState.FINISHED, Optional.empty());
    }

    private int run(Simulation simulation, String words) throws InterruptedException {
        return run(simulation, words, recording.screen());
    }

    private int run(Simulation simulation, String words, Screen screen) throws InterruptedException {
        var service = new OneService<>(simulation);
        var command = new Simulate(
                service,
                new OneService<>(resumption),
                new OneService<>(new FakeModels()),
                datasets,
                new OneFormat(),
                folder,
                () -> 0);
        int exit = Session.run(screen, () -> command.run(List.of(words.split(" ")), screen));
        assertEquals(0, service.held());
        return exit;
    }
}
