package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.api.testing.UnreliableProxy;
import io.weft.distribution.tests.process.Workbench.Outcome;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server and two sites as processes of their own, over connections that are slow and break, which are killed at any instant. {@code -Dweft.chaos=N}
 * runs N jobs, {@code -Dweft.chaos.kills=N} kills N times in each, {@code -Dweft.chaos.seed=N} chooses other instants.
 */
class ChaosTest {

    private static final int JOBS = Integer.getInteger("weft.chaos", 1);
    private static final int KILLS = Integer.getInteger("weft.chaos.kills", 4);
    private static final long SEED = Long.getLong("weft.chaos.seed", 20_261_123L);

    /** How many events of the job pass before the next kill, and how long it waits after the last of them, at most. */
    private static final int EVENTS = 14;

    private static final int MILLISECONDS = 400;

    private static final Duration LATE = Duration.ofMillis(3);

    /** What a connection passes at most: less than one job needs. */
    private static final long BYTES = 60_000;

    private static final String JOB = """
            name: tiny
            workflow: {type: fedavg, rounds: 4}
            model: {backend: hf, base: base}
            strategy: {type: lora, rank: 2, alpha: 4, dropout: 0.1, targets: [q_proj, v_proj]}
            data: {train: words, validate: words-eval}
            train: {optimizer: adamw, lr: 1.0e-2, schedule: cosine, batch: 2, epochs: 1, seed: 7, state: keep}
            wire:
              up: {quantizer: nf4, smallest: 32, errorFeedback: true}
              down: {quantizer: int8, block: 64, smallest: 32, errorFeedback: true}
              send: difference
            select: {metric: validation_loss, mode: min}
            """;

    @TempDir
    Path work;

    @Test
    void everyJobComesToTheBytesOfASimulationWhateverIsKilled() throws Exception {
        Network network = Network.provision(work, JOB);
        byte[] expected = network.simulated();
        Random random = new Random(SEED);
        try (UnreliableProxy proxy =
                        UnreliableProxy.open(0, new InetSocketAddress("localhost", network.port()), SEED, LATE, BYTES);
                Home server = network.server();
                Home first = network.site("site-1", proxy.port());
                Home second = network.site("site-2", proxy.port())) {
            server.start();
            first.start();
            second.start();
            for (int job = 0; job < JOBS; job++) {
                Path fetched = work.resolve("fetched-" + job);
                String killed = run(network, random, List.of(server, first, second), fetched);
                assertArrayEquals(expected, Network.weights(fetched), "job " + job + ", seed " + SEED + ": " + killed);
            }
        }
    }

    /** Runs a job to its end; gives what was killed and when. */
    private static String run(Network network, Random random, List<Home> homes, Path fetched) throws Exception {
        Outcome submitted = network.asked(Network.LEAD, "submit", network.job().toString());
        assertEquals(0, submitted.exit(), submitted.err());
        String job = submitted.out().strip();
        StringBuilder killed = new StringBuilder();
        try (LiveRun watch = network.live(Network.LEAD, "watch", job, "--json")) {
            Optional<JsonNode> end = Optional.empty();
            for (int kill = 0; kill < KILLS && end.isEmpty(); kill++) {
                int events = 1 + random.nextInt(EVENTS);
                int milliseconds = random.nextInt(MILLISECONDS);
                List<Home> victims = victims(homes, random);
                end = watch.skip(events);
                if (end.isEmpty() && !watch.endsWithin(milliseconds)) {
                    for (Home victim : victims) {
                        victim.kill();
                    }
                    for (Home victim : victims) {
                        victim.start();
                    }
                    killed.append(" [")
                            .append(events)
                            .append(" events, ")
                            .append(milliseconds)
                            .append(" ms:");
                    victims.forEach(
                            victim -> killed.append(' ').append(victim.folder().getFileName()));
                    killed.append(']');
                }
            }
            JsonNode ended = end.isPresent() ? end.get() : watch.await("ended");
            assertEquals("FINISHED", ended.get("state").asText(), ended + killed.toString());
            assertEquals(0, watch.end().exit());
        }
        Outcome outcome = network.asked(Network.LEAD, "fetch", job, "--out", fetched.toString());
        assertEquals(0, outcome.exit(), outcome.err());
        Outcome verified = network.asked(Network.LEAD, "verify", job);
        assertEquals(0, verified.exit(), verified.out() + verified.err());
        return killed.toString();
    }

    /** The server, a site, the server and a site, or all. */
    private static List<Home> victims(List<Home> homes, Random random) {
        List<Home> victims = new ArrayList<>();
        while (victims.isEmpty()) {
            for (Home home : homes) {
                if (random.nextBoolean()) {
                    victims.add(home);
                }
            }
        }
        return victims;
    }
}
