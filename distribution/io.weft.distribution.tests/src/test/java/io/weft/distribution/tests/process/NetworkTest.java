package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.distribution.tests.process.Workbench.Outcome;
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
            model: {backend: hf, base: base, share: true}
            strategy: {type: lora, rank: 2, alpha: 4, dropout: 0.1, targets: [q_proj, v_proj]}
            data: {train: words, validate: words-eval}
            train: {optimizer: adamw, lr: 1.0e-2, schedule: cosine, batch: 2, epochs: 1, seed: 7, state: keep}
            """;

    private static Network network;

    @TempDir
    static Path work;

    @BeforeAll
    static void provision() throws Exception {
        network = Network.provision(work, JOB);
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
    void eachArchiveSaysHowItsImageIsRun() throws Exception {
        assertTrue(service("server")
                .contains("#   docker run --restart on-failure -p 8443:8443 -p 8444:8444 -v /srv/weft:/srv/weft"
                        + " weft-server"));
        assertTrue(service("site").contains("#   docker run --restart on-failure -v /srv/weft:/srv/weft weft-site"));
    }

    private static List<String> service(String kind) throws Exception {
        return Files.readAllLines(Archive.of(kind).unpacked().resolve("service/Dockerfile"));
    }

    @Test
    void aFederationWhoseSiteAndServerAreKilledComesToTheBytesOfASimulation() throws Exception {
        byte[] simulated = network.simulated();
        network.addMalformedLine("site-2");
        try (Home server = network.server();
                Home first = network.site("site-1");
                Home second = network.siteWithoutBase("site-2")) {
            server.start();
            first.start();
            Outcome refused =
                    network.asked(Network.MEMBER, "submit", network.job().toString());
            assertEquals(2, refused.exit(), refused.out() + refused.err());
            takesSitesOutOfItsOwnOrganisationAlone();
            Outcome plugins = network.asked(Network.MEMBER, "plugins", "fedavg");
            assertTrue(plugins.out().contains("Aggregator"), plugins.out() + plugins.err());
            Outcome submitted =
                    network.asked(Network.LEAD, "submit", network.job().toString());
            assertEquals(0, submitted.exit(), submitted.err());
            String job = submitted.out().strip();
            assertEquals(1, submitted.lines().size(), submitted.out());
            Outcome waiting = network.asked(Network.LEAD, "jobs", "--json");
            JsonNode line = MAPPER.readTree(waiting.out());
            assertEquals("SUBMITTED", line.get("state").asText(), waiting.out());
            assertTrue(line.get("reason").asText().contains("site-2"), waiting.out());

            second.start();
            try (LiveRun watch = network.live(Network.LEAD, "watch", job, "--json")) {
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
            Outcome outcome = network.asked(Network.LEAD, "fetch", job, "--out", fetched.toString());
            assertEquals(0, outcome.exit(), outcome.err());
            assertArrayEquals(simulated, Network.weights(fetched));
            assertEquals(
                    "FINISHED",
                    MAPPER.readTree(fetched.resolve("summary.json").toFile())
                            .get("state")
                            .asText());
            showsTheBaseThatCame(second, job);
            tellsNobodyWhereItsRecordsLie(job);
            verifies(server, job);
        }
    }

    private static void tellsNobodyWhereItsRecordsLie(String job) throws Exception {
        Outcome logs = network.asked(Network.LEAD, "logs", job);
        assertTrue(logs.out().contains(": words.jsonl:"), logs.out() + logs.err());
        assertFalse(logs.out().contains(network.folder().toString()), logs.out());
    }

    private static void takesSitesOutOfItsOwnOrganisationAlone() throws Exception {
        Outcome anothers = network.asked(Network.LEAD, "sites", "--disable", "site-2");
        assertEquals(2, anothers.exit(), anothers.out() + anothers.err());
        assertTrue(anothers.err().contains("operate is a right of"), anothers.err());
        Outcome own = network.asked(Network.LEAD, "sites", "--disable", "site-1");
        assertEquals(0, own.exit(), own.err());
        assertTrue(own.out().contains("taken out"), own.out());
        Outcome back = network.asked(Network.LEAD, "sites", "--enable", "site-1");
        assertFalse(back.out().contains("taken out"), back.out() + back.err());
    }

    private static void showsTheBaseThatCame(Home site, String job) throws Exception {
        Outcome models = site.run("models", "base", "--json");
        assertEquals(0, models.exit(), models.err());
        JsonNode model = MAPPER.readTree(models.out());
        assertTrue(model.get("from").asText().startsWith("the server, for job " + job), models.out());
        assertEquals(
                site.folder()
                        .resolve("data/models")
                        .resolve(model.get("digest").asText())
                        .toRealPath(),
                Path.of(model.get("folder").asText()).toRealPath());
    }

    private static void verifies(Home server, String job) throws Exception {
        Outcome verified = network.asked(Network.LEAD, "verify", job);
        assertEquals(0, verified.exit(), verified.out() + verified.err());
        assertTrue(verified.out().contains("round 2: only checked"), verified.out());
        assertTrue(verified.out().contains("round 3: recomputed from the updates of site-1, site-2"), verified.out());
        Path update = server.folder().resolve("data/jobs").resolve(job).resolve("rounds/3/updates/site-2.safetensors");
        byte[] bytes = Files.readAllBytes(update);
        bytes[bytes.length - 1] ^= 1;
        Files.write(update, bytes);
        for (Outcome altered : List.of(network.asked(Network.LEAD, "verify", job), server.run("verify", job))) {
            assertEquals(1, altered.exit(), altered.out() + altered.err());
            assertTrue(
                    altered.out().contains("WRONG: rounds/3/updates/site-2.safetensors is not what site 'site-2' sent"),
                    altered.out());
        }
    }

    @Test
    void aServerStartsInTheBackgroundAndIsStopped() throws Exception {
        try (Home server = network.server()) {
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
                Outcome lead = network.asked(Network.LEAD, "page");
                assertTrue(lead.out().matches("https://localhost:[0-9]+/\\?token=[A-Za-z0-9_-]{43}\n"), lead.out());
                try (Home site = network.site("site-1")) {
                    Outcome check = site.run("check");
                    assertTrue(check.out().contains(" is reached, and both show certificates that count"), check.out());
                }
                Outcome line = server.run("shell", "sites | grep site-2");
                assertEquals(0, line.exit(), line.err());
                assertTrue(
                        line.out().contains("not yet connected") && !line.out().contains("site-1"), line.out());
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
