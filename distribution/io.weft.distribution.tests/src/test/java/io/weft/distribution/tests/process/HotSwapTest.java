package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Plugin jars that are dropped into a home, replaced and removed while a job runs in another process. */
@Timeout(900)
class HotSwapTest {

    private static final String JOB = """
            name: swapping
            workflow: {type: fedavg, rounds: %d}
            model: {backend: hf, base: base}
            strategy: {type: %s, rank: 2, alpha: 4, targets: [q_proj, v_proj]}
            data: {train: words}
            train: {lr: 1.0e-2, batch: 2, steps: 1, seed: 7}
            aggregator: conductor
            """;

    private static final int SWAPS = 200;

    /** The round after which everything that is loaded once has been. */
    private static final int WARM = 5;

    private static Workbench workbench;

    @TempDir
    Path work;

    private PluginTalk talk;
    private SwappedPlugins plugins;
    private PluginProject.Built canary;
    private final List<String> digests = new ArrayList<>();

    @BeforeAll
    static void unpack() throws IOException, InterruptedException {
        workbench = Workbench.unpacked();
    }

    @BeforeEach
    void lay() throws IOException {
        Federation.lay(work, "north");
        talk = PluginTalk.open();
        plugins = new SwappedPlugins(workbench.root(), talk, work.resolve("projects"));
        canary = plugins.canary();
        canary.dropInto(folder(), "1.0.0");
    }

    @AfterEach
    void hangUp() throws IOException, InterruptedException {
        talk.close();
    }

    @Test
    void anAggregator() throws Exception {
        PluginProject.Built conductor = plugins.aggregator();
        drop(conductor, "1.0.0");
        try (LiveRun run = start(workbench, JOB.formatted(5, "lora"))) {
            talk.await("conductor 1.0.0 is there");
            talk.await("conductor 1.0.0 folds round 1").goOn();
            PluginTalk.Said second = talk.await("conductor 1.0.0 folds round 2");
            drop(conductor, "2.0.0");
            talk.await("conductor 2.0.0 is there");
            second.goOn();
            talk.await("the conductor's second class is loaded");

            talk.await("conductor 2.0.0 folds round 3").goOn();
            PluginTalk.Said fourth = talk.await("conductor 2.0.0 folds round 4");
            remove("conductor.jar");
            fourth.goOn();
            talk.await("the conductor's second class is loaded");

            JsonNode waiting = run.awaitState("WAITING");
            assertEquals(
                    "aggregator 'conductor' is not installed",
                    waiting.path("reason").asText());
            drop(conductor, "3.0.0");
            run.awaitState("RUNNING");
            talk.await("conductor 3.0.0 folds round 5").goOn();
            assertFinished(run);
        }
        assertEquals(
                List.of(
                        "1 1.0.0 " + digests.get(0),
                        "2 1.0.0 " + digests.get(0),
                        "3 2.0.0 " + digests.get(1),
                        "4 2.0.0 " + digests.get(1),
                        "5 3.0.0 " + digests.get(2)),
                leases("Aggregator", "test.conductor"));
        assertEquals(List.of("RUNNING", "WAITING", "RUNNING", "FINISHED"), states());
    }

    @Test
    void aStrategy() throws Exception {
        plugins.aggregator().dropInto(folder(), "1.0.0");
        PluginProject.Built strategy = plugins.strategy();
        drop(strategy, "1.0.0");
        try (LiveRun run = start(workbench, JOB.formatted(3, "swapped"))) {
            talk.await("strategy 1.0.0 is there");
            PluginTalk.Said begins = talk.await("strategy 1.0.0 begins");
            drop(strategy, "2.0.0");
            talk.await("strategy 2.0.0 is there");
            begins.goOn();
            talk.await("the strategy's second class is loaded");

            PluginTalk.Said first = talk.await("conductor 1.0.0 folds round 1");
            remove("strategy.jar");
            first.goOn();
            JsonNode waiting = run.awaitState("WAITING");
            assertEquals(
                    "site 'north': tuning strategy 'swapped' is not installed",
                    waiting.path("reason").asText());
            drop(strategy, "3.0.0");
            run.awaitState("RUNNING");
            talk.await("conductor 1.0.0 folds round 2").goOn();
            talk.await("conductor 1.0.0 folds round 3").goOn();
            assertFinished(run);
        }
        assertEquals(
                List.of("0 1.0.0 " + digests.get(0), "1 2.0.0 " + digests.get(1), "2 3.0.0 " + digests.get(2)),
                leases("TuningStrategy", "test.strategy"));
        assertTrue(Files.isRegularFile(work.resolve("run/result/adapter_model.safetensors")));
    }

    @Test
    void aCheckpointFormat() throws Exception {
        Workbench bare = workbench.without("io.weft.hf");
        plugins.aggregator().dropInto(folder(), "1.0.0");
        PluginProject.Built format = plugins.format();
        drop(format, "1.0.0");
        try (LiveRun run = start(bare, JOB.formatted(3, "lora"))) {
            talk.await("hf 1.0.0 is there");
            PluginTalk.Said again = talk.await("hf 1.0.0 opens again");
            drop(format, "2.0.0");
            talk.await("hf 2.0.0 is there");
            talk.neverHold("opens again");
            again.goOn();
            talk.await("the format's second class is loaded");

            talk.await("conductor 1.0.0 folds round 1").goOn();
            PluginTalk.Said second = talk.await("conductor 1.0.0 folds round 2");
            remove("format.jar");
            second.goOn();
            JsonNode waiting = run.awaitState("WAITING");
            assertEquals(
                    "site 'north': checkpoint format 'hf' is not installed",
                    waiting.path("reason").asText());
            drop(format, "3.0.0");
            run.awaitState("RUNNING");
            talk.await("hf 3.0.0 opens again");
            talk.await("conductor 1.0.0 folds round 3").goOn();
            assertFinished(run);
        }
        assertEquals(
                List.of("0 1.0.0 " + digests.get(0), "0 2.0.0 " + digests.get(1), "3 3.0.0 " + digests.get(2)),
                leases("CheckpointFormat", "test.format"));
    }

    @Test
    void aTracker() throws Exception {
        plugins.aggregator().dropInto(folder(), "1.0.0");
        PluginProject.Built teller = plugins.tracker();
        drop(teller, "1.0.0");
        try (LiveRun run = start(workbench, JOB.formatted(5, "lora") + "track: [teller]\n")) {
            talk.await("teller 1.0.0 begins");
            talk.await("conductor 1.0.0 folds round 1").goOn();
            PluginTalk.Said again = talk.await("teller 1.0.0 opens again");
            drop(teller, "2.0.0");
            talk.await("teller 2.0.0 is there");
            again.goOn();
            talk.await("the teller's second class is loaded");
            talk.await("conductor 1.0.0 folds round 2").goOn();

            talk.await("teller 2.0.0 begins");
            PluginTalk.Said third = talk.await("conductor 1.0.0 folds round 3");
            remove("teller.jar");
            third.goOn();
            String note = run.await("note").path("message").asText();
            assertEquals(
                    "tracker 'teller' is not installed; the job goes on without it until the next round that finds it",
                    note);
            PluginTalk.Said fourth = talk.await("conductor 1.0.0 folds round 4");
            drop(teller, "3.0.0");
            talk.await("teller 3.0.0 is there");
            fourth.goOn();
            talk.await("teller 3.0.0 begins");
            talk.await("conductor 1.0.0 folds round 5").goOn();
            assertFinished(run);
        }
        assertEquals(
                List.of(
                        "1 1.0.0 " + digests.get(0),
                        "2 1.0.0 " + digests.get(0),
                        "3 2.0.0 " + digests.get(1),
                        "5 3.0.0 " + digests.get(2)),
                leases("Tracker", "test.teller"));
        assertEquals(List.of("RUNNING", "FINISHED"), states());
    }

    /** Every kind of plugin is replaced in every round: 200 in all, and what is left behind counts. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void twoHundredSwapsLeaveNothingBehind() throws Exception {
        PluginProject.Built conductor = plugins.aggregator();
        List<PluginProject.Built> all = List.of(conductor, plugins.strategy(), plugins.format(), plugins.tracker());
        for (PluginProject.Built project : all) {
            project.dropInto(folder(), "1.0.0");
        }
        talk.neverHold("begins");
        talk.neverHold("opens again");
        try (LiveRun run = start(workbench, JOB.formatted(SWAPS / all.size() + 1, "swapped") + "track: [teller]\n")) {
            talk.await("teller 1.0.0 begins");
            Footprint early = null;
            for (int round = 1; round <= SWAPS / all.size(); round++) {
                PluginTalk.Said folds = talk.await("conductor " + round + ".0.0 folds round " + round);
                if (round == WARM) {
                    early = Footprint.of(run.pid(), work.resolve("home"));
                }
                String next = (round + 1) + ".0.0";
                for (PluginProject.Built project : all) {
                    project.dropInto(folder(), next);
                }
                for (String plugin : List.of("conductor", "strategy", "hf", "teller")) {
                    talk.await(plugin + " " + next + " is there");
                }
                folds.goOn();
                talk.await("hf " + next + " opens again");
                talk.await("teller " + next + " begins");
            }
            int last = SWAPS / all.size() + 1;
            PluginTalk.Said folds = talk.await("conductor " + last + ".0.0 folds round " + last);
            Footprint.assertNoMore(early, run.pid(), work.resolve("home"));
            folds.goOn();
            assertFinished(run);
        }
    }

    private Path folder() {
        return work.resolve("home").resolve("plugins");
    }

    private void drop(PluginProject.Built project, String version) throws IOException {
        digests.add(Federation.sha256(project.dropInto(folder(), version)));
    }

    /** Removes a jar, and waits until the runtime knows it. */
    private void remove(String jar) throws IOException, InterruptedException {
        Files.delete(folder().resolve(jar));
        Files.delete(folder().resolve("canary.jar"));
        talk.await("the canary is gone");
        canary.dropInto(folder(), "1.0.0");
    }

    private LiveRun start(Workbench with, String job) throws IOException {
        Path file = Files.writeString(work.resolve("job.yaml"), job);
        return with.live(
                "simulate",
                file.toString(),
                "--json",
                "--out",
                work.resolve("run").toString(),
                "--home",
                work.resolve("home").toString());
    }

    private static void assertFinished(LiveRun run) throws IOException, InterruptedException {
        Workbench.Outcome outcome = run.end();
        assertEquals("", outcome.err());
        assertEquals(0, outcome.exit());
    }

    /** Round, version and digest of each lease of a kind from a bundle. */
    private List<String> leases(String kind, String bundle) throws IOException {
        return Federation.lines(work.resolve("run/events.jsonl")).stream()
                .filter(line -> line.path("event").asText().equals("lease"))
                .filter(line -> line.path("kind").asText().equals(kind))
                .filter(line -> line.path("bundle").asText().equals(bundle))
                .map(line -> line.path("round").asText() + " "
                        + line.path("version").asText() + " "
                        + line.path("sha256").asText())
                .toList();
    }

    private List<String> states() throws IOException {
        return Federation.lines(work.resolve("run/events.jsonl")).stream()
                .filter(line -> line.path("event").asText().equals("state"))
                .map(line -> line.path("state").asText())
                .toList();
    }
}
