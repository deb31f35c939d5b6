package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.exchange.Quantizer;
import io.weft.api.filter.UpdateFilter;
import io.weft.privacy.Clip;
import io.weft.quantizer.cast.Bfloat16;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import io.weft.server.StoredJob;
import io.weft.simulate.SimulationResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process is killed when a site has made its update, coded it, and said so, and before the server has fetched it. */
@Timeout(120)
class UnfetchedUpdateTest {

    private static final String FED_BACK = "{quantizer: bf16, smallest: 100, errorFeedback: true}";
    private static final String CODED = "wire: {up: " + FED_BACK + ", down: " + FED_BACK + ", send: difference}";

    private static final String FILTERED = "filters: [{type: clip, norm: 0.5}]\n";

    private final MortalFileSystem files = new MortalFileSystem();
    private final RememberingTrainer trainer = new RememberingTrainer();

    @TempDir
    Path root;

    private Federation federation(String place, RememberingTrainer training, String wire) throws IOException {
        Federation federation = new Federation(files.of(root.resolve(place)), training)
                .site("north", 1, 1, 2, 3)
                .site("south", 2, 4)
                .more(wire + "\n");
        federation.plugins().install(Quantizer.class, "bf16", new Bfloat16(), "1.0.0");
        federation.plugins().install(UpdateFilter.class, "clip", new Clip(), "1.0.0");
        return federation;
    }

    private SortedMap<String, byte[]> undisturbed(String wire) throws Exception {
        federation("undisturbed", new RememberingTrainer(), wire).run("run");
        return Federation.bytes(root.resolve("undisturbed/run"));
    }

    /** Kills the process in round 2, when the server has been told what south came to; gives the federation as it is then. */
    private Federation killed(String wire) throws Exception {
        Federation federation = federation("killed", trainer, wire).watching(event -> {
            if (event instanceof JobEvent.SiteDone done
                    && done.round() == 2
                    && done.site().equals("south")) {
                files.dieAfter(0);
            }
        });
        try {
            assertEquals(JobState.FAILED, federation.run("run").summary().state());
        } catch (IOException e) {
            assertTrue(files.isDead(), e.toString()); // not even that it failed could be written
        }
        files.live();
        return federation;
    }

    private void finishes(Federation federation, SortedMap<String, byte[]> expected) throws Exception {
        Path run = root.resolve("killed/run");
        SimulationResult resumed =
                federation.watching(event -> {}).resume(files.of(run).toString());
        assertEquals(
                JobState.FINISHED, resumed.summary().state(), resumed.reason().toString());
        SortedMap<String, byte[]> found = Federation.bytes(run);
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, bytes) -> assertArrayEquals(bytes, found.get(name), name));
        assertEquals(0, federation.plugins().open(), "leases");
        String id = StoredJob.read(run).id();
        assertFalse(Files.exists(root.resolve("killed/home/data/sites").resolve(id)), "what sites kept is gone");
    }

    private int trained(String task) {
        return Collections.frequency(trainer.trained(), task);
    }

    private Path kept(String name) throws IOException {
        try (Stream<Path> found = Files.walk(root.resolve("killed/home/data/sites"))) {
            return found.filter(file -> file.endsWith(name))
                    .filter(file -> file.getParent().getParent().endsWith("south"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                CODED,
                "wire: {send: difference}",
                "wire: {send: weights}",
                FILTERED,
                FILTERED + "wire: {send: difference}"
            })
    void isOfferedAgainAndNotTrainedAgain(String wire) throws Exception {
        SortedMap<String, byte[]> expected = undisturbed(wire);
        Federation federation = killed(wire);
        finishes(federation, expected);

        assertEquals(1, trained("south 2"));
        assertEquals(1, trained("south 3"));
        assertTrue(
                federation.events().stream()
                        .anyMatch(event -> event instanceof JobEvent.Noted noted
                                && noted.site().orElse("").equals("south")
                                && noted.message().startsWith("round 2: ")),
                federation.events().toString());
    }

    @Test
    void isTrainedAgainWhenItIsSpoiled() throws Exception {
        SortedMap<String, byte[]> expected = undisturbed(CODED);
        Federation federation = killed(CODED);
        byte[] codes = Files.readAllBytes(kept("update-2.coded"));
        codes[codes.length / 2] ^= 1;
        Files.write(kept("update-2.coded"), codes);
        finishes(federation, expected);

        assertEquals(2, trained("south 2"));
    }

    @Test
    void isTrainedAgainWhenItsRecordIsSpoiled() throws Exception {
        SortedMap<String, byte[]> expected = undisturbed(CODED);
        Federation federation = killed(CODED);
        Files.write(kept("finished.json"), new byte[100]);
        finishes(federation, expected);

        assertEquals(2, trained("south 2"));
    }
}
