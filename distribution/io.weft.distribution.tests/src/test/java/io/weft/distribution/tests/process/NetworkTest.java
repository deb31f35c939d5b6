package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.distribution.tests.process.Workbench.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server and two sites as processes of their own, from the project file to the fetched result. */
class NetworkTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final String JOB = """
            name: tiny
            workflow: {type: fedavg, rounds: 3}
            model: {backend: hf, base: base}
            strategy: {type: lora, rank: 2, alpha: 4, dropout: 0.1, targets: [q_proj, v_proj]}
            data: {train: words, validate: words-eval}
            train: {optimizer: adamw, lr: 1.0e-2, schedule: cosine, batch: 2, epochs: 1, seed: 7, state: keep}
            """;

    private static Workbench workbench;

    @TempDir
    static Path work;

    @BeforeAll
    static void provision() throws Exception {
        workbench = Workbench.unpacked();
        Federation.lay(work, "site-1", "site-2");
        Files.writeString(work.resolve("job.yaml"), JOB);
        Files.writeString(work.resolve("project.yaml"), """
                name: two-sites
                server: {host: localhost, port: %d}
                sites:  [{name: site-1, organisation: north}, {name: site-2, organisation: south}]
                admins: [{name: lead@example.org, organisation: north, role: lead},
                         {name: member@example.org, organisation: north, role: member}]
                """.formatted(freePort()));
        Outcome provisioned = weft(
                "provision",
                work.resolve("project.yaml").toString(),
                "--out",
                work.resolve("kits").toString());
        assertEquals(0, provisioned.exit(), provisioned.err());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static Outcome weft(String... words) throws IOException, InterruptedException {
        return workbench.run(words);
    }

    private static Outcome asked(String admin, String... words) throws IOException, InterruptedException {
        List<String> line = Stream.concat(
                        Stream.of(words),
                        Stream.of("--kit", work.resolve("kits").resolve(admin).toString(), "--wait", "60"))
                .toList();
        return weft(line.toArray(String[]::new));
    }

    private static Home home(String kind, String name) throws IOException, InterruptedException {
        Path home = Files.createDirectories(work.resolve("homes").resolve(name));
        Path kit = Files.createDirectories(home.resolve("kit"));
        try (Stream<Path> files = Files.list(work.resolve("kits").resolve(name))) {
            for (Path file : files.toList()) {
                if (!Files.exists(kit.resolve(file.getFileName()))) {
                    Files.copy(file, kit.resolve(file.getFileName()));
                }
            }
        }
        if (kind.equals("site")) {
            Path conf = Files.createDirectories(home.resolve("conf"));
            Path data = work.resolve("sites").resolve(name);
            Files.writeString(
                    conf.resolve("datasets.yaml"),
                    "words: {files: ['" + data.resolve("words.jsonl") + "']}\nwords-eval: {files: ['"
                            + data.resolve("words-eval.jsonl") + "']}\n");
            Files.writeString(conf.resolve("models.yaml"), "base: {folder: '" + work.resolve("base") + "'}\n");
        }
        return new Home(Archive.of(kind).unpacked(), home);
    }

    @Test
    void theServersArchiveIsSmallAndHasNoEngine() throws Exception {
        Archive server = Archive.of("server");

        assertTrue(Files.size(server.file()) <= 40_000_000, Files.size(server.file()) + " bytes");
        try (Stream<Path> files = Files.walk(server.unpacked())) {
            assertEquals(
                    List.of(),
                    files.map(path -> path.getFileName().toString())
                            .filter(name -> name.contains("torch") || name.startsWith("io.weft.djl"))
                            .toList());
        }
    }

    @Test
    void aFederationWhoseSiteAndServerAreKilledComesToTheBytesOfASimulation() throws Exception {
        Outcome simulated = weft(
                "simulate",
                work.resolve("job.yaml").toString(),
                "--out",
                work.resolve("simulated").toString());
        assertEquals(0, simulated.exit(), simulated.out() + simulated.err());
        try (Home server = home("server", "server");
                Home first = home("site", "site-1");
                Home second = home("site", "site-2")) {
            server.start();
            first.start();
            Outcome refused = asked(
                    "member@example.org", "submit", work.resolve("job.yaml").toString());
            assertEquals(2, refused.exit(), refused.out() + refused.err());
            Outcome plugins = asked("member@example.org", "plugins", "fedavg");
            assertTrue(plugins.out().contains("Aggregator"), plugins.out() + plugins.err());
            Outcome submitted =
                    asked("lead@example.org", "submit", work.resolve("job.yaml").toString());
            assertEquals(0, submitted.exit(), submitted.err());
            String job = submitted.out().strip();
            assertEquals(1, submitted.lines().size(), submitted.out());
            Outcome waiting = asked("lead@example.org", "jobs", "--json");
            JsonNode line = MAPPER.readTree(waiting.out());
            assertEquals("SUBMITTED", line.get("state").asText(), waiting.out());
            assertTrue(line.get("reason").asText().contains("site-2"), waiting.out());

            second.start();
            try (LiveRun watch = workbench.live(
                    "watch",
                    job,
                    "--json",
                    "--kit",
                    work.resolve("kits").resolve("lead@example.org").toString(),
                    "--wait",
                    "120")) {
                watch.await("round-started");
                second.kill();
                second.start();
                watch.await("round-finished");
                server.kill();
                server.start();
                JsonNode end = watch.await("ended");
                assertEquals("FINISHED", end.get("state").asText(), end.toString());
                assertEquals(0, watch.end().exit());
            }

            Path fetched = work.resolve("fetched");
            Outcome outcome = asked("lead@example.org", "fetch", job, "--out", fetched.toString());
            assertEquals(0, outcome.exit(), outcome.err());
            assertArrayEquals(
                    Files.readAllBytes(work.resolve("simulated/result/adapter_model.safetensors")),
                    Files.readAllBytes(fetched.resolve("result/adapter_model.safetensors")));
            assertEquals(
                    "FINISHED",
                    MAPPER.readTree(fetched.resolve("summary.json").toFile())
                            .get("state")
                            .asText());
            Outcome verified = asked("lead@example.org", "verify", job);
            assertEquals(0, verified.exit(), verified.out() + verified.err());
        }
    }

    @Test
    void aServerStartsInTheBackgroundAndIsStopped() throws Exception {
        try (Home server = home("server", "server")) {
            Path conf = Files.createDirectories(server.folder().resolve("conf"));
            Files.writeString(conf.resolve("status-page.yaml"), "port: 0\n");
            Outcome nothing = server.run("status");
            assertEquals(3, nothing.exit(), nothing.out() + nothing.err());

            Outcome started = server.run("start");
            assertEquals(0, started.exit(), started.out() + started.err());
            assertTrue(started.out().startsWith("ready: server two-sites at localhost:"), started.out());
            try {
                Outcome status = server.run("status");
                assertEquals(0, status.exit(), status.err());
                assertTrue(status.out().contains("sites: 0 of 2 connected"), status.out());
                assertTrue(status.out().contains("status page: https://localhost:"), status.out());
                Outcome page = server.run("status", "--page");
                assertTrue(page.out().matches("https://localhost:[0-9]+/\\?token=[A-Za-z0-9_-]{43}\n"), page.out());
                Outcome line = server.run("shell", "sites | grep site-2");
                assertEquals(0, line.exit(), line.err());
                assertTrue(line.out().contains("site-2") && !line.out().contains("site-1"), line.out());
                Outcome again = server.run("start");
                assertEquals(2, again.exit(), again.out() + again.err());
            } finally {
                assertEquals(0, server.run("stop").exit());
            }
            assertFalse(Files.exists(server.folder().resolve("data/resident.pid")));
            assertEquals(3, server.run("status").exit());
        }
    }

    @Test
    void aHomeWithoutAKitIsToldSoInOneLine() throws Exception {
        Path empty = Files.createDirectories(work.resolve("empty"));
        try (Home site = new Home(Archive.of("site").unpacked(), empty)) {
            Outcome started = site.run("start");
            assertEquals(2, started.exit(), started.out());
            assertEquals(1, started.err().lines().count(), started.err());
            Outcome checked = site.run("check");
            assertEquals(1, checked.exit(), checked.err());
            assertTrue(checked.out().contains("WRONG"), checked.out());
        }
    }
}
