package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Cancellation;
import io.weft.server.JobState;
import io.weft.server.StoredJob;
import io.weft.server.Verification;
import io.weft.simulate.SimulationResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whichever change of a file is the last that a process makes, the run comes to what it would have come to. */
@Timeout(900)
class KilledAnywhereTest {

    /** All over the run; a kill at each of its changes would take minutes. */
    private static final int KILLS = 24;

    private final MortalFileSystem files = new MortalFileSystem();

    @TempDir
    Path root;

    @Test
    void everyRunComesToTheSameBytes() throws Exception {
        SortedMap<String, byte[]> expected = undisturbed();
        long changes = files.changes();
        assertTrue(changes > 200, "so few changes are no run: " + changes);
        Random random = new Random(7);
        long stride = changes / KILLS;
        for (int i = 0; i < KILLS; i++) {
            long kill = i * stride + 1 + random.nextInt((int) stride);
            Path place = root.resolve("killed-" + kill);
            Federation federation = federation(place);
            files.dieAfter(kill);
            boolean finished = sitting(federation, place, kill);
            // The next process is killed somewhere, too; the one after it lives.
            files.dieAfter(1L + random.nextInt((int) changes));
            finished = finished || sitting(federation, place, kill);
            files.live();
            finished = finished || sitting(federation, place, kill);
            assertTrue(finished, "killed at change " + kill);
            assertSame(expected, Federation.bytes(place.resolve("run")), kill);
            assertEquals(0, federation.plugins().open(), "killed at change " + kill);
            Verification record = Verification.of(place.resolve("run"), federation.plugins(), new Cancellation());
            assertTrue(record.sound(), () -> "killed at change " + kill + ": " + record);
            assertFalse(Files.exists(place.resolve("run/rounds/1/updates")), "updates of a round that is over");
            String id = StoredJob.read(place.resolve("run")).id();
            assertFalse(Files.exists(place.resolve("home/data/sites").resolve(id)), "what sites kept is gone");
        }
    }

    private SortedMap<String, byte[]> undisturbed() throws Exception {
        Path place = root.resolve("undisturbed");
        Federation federation = federation(place);
        files.live();
        SimulationResult result = federation.run("run");
        assertEquals(
                JobState.FINISHED, result.summary().state(), result.reason().toString());
        return Federation.bytes(place.resolve("run"));
    }

    private Federation federation(Path place) throws IOException {
        files.live();
        return new Federation(files.of(place), new RememberingTrainer())
                .site("north", 1, 1, 2, 3)
                .site("south", 2, 4)
                .more("select: {metric: validation_loss, mode: min}\n");
    }

    /** Begins the run or goes on with it; whether it finished. */
    private boolean sitting(Federation federation, Path place, long kill) throws Exception {
        Path run = place.resolve("run");
        try {
            SimulationResult result = StoredJob.isIn(run) ? federation.resume(run.toString()) : federation.run("run");
            assertTrue(
                    files.isDead() || result.summary().state() == JobState.FINISHED,
                    "killed at change " + kill + ": " + result.reason());
            return !files.isDead();
        } catch (IOException | Refusal e) {
            if (!files.isDead()) {
                throw new AssertionError("killed at change " + kill, e);
            }
            return false;
        }
    }

    private static void assertSame(SortedMap<String, byte[]> expected, SortedMap<String, byte[]> found, long kill) {
        assertEquals(expected.keySet(), found.keySet(), "killed at change " + kill);
        expected.forEach(
                (name, bytes) -> assertArrayEquals(bytes, found.get(name), "killed at change " + kill + ": " + name));
    }
}
