package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import io.weft.simulate.SimulationResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job whose folder takes no more from some moment on. */
@Timeout(300)
class UnwritableRunTest {

    @TempDir
    Path root;

    private Federation federation() throws IOException {
        return new Federation(root, FakeTrainer.ofTwoTensors(DType.F32))
                .site("north", 1, 1, 2, 3)
                .site("south", 2, 4);
    }

    /** Puts something in the way when the first round is over. */
    private Federation obstructed(Path obstacle) throws IOException {
        Federation federation = federation();
        federation.watching(event -> {
            if (event instanceof JobEvent.RoundFinished end && end.round() == 1) {
                try {
                    Files.createDirectories(obstacle.getParent());
                    Files.writeString(obstacle, "in the way");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        return federation;
    }

    @ParameterizedTest
    @ValueSource(strings = {"rounds/2", "rounds/2/updates", "result"})
    void endsInOneLineAndIsResumedToTheSameBytes(String place) throws Exception {
        federation().run("straight");
        Path obstacle = root.resolve("run").resolve(place);

        SimulationResult failed = obstructed(obstacle).run("run");

        assertEquals(JobState.FAILED, failed.summary().state());
        String reason = failed.reason().orElseThrow();
        assertTrue(reason.contains(obstacle.toString()), reason);
        assertEquals(1, reason.lines().count());
        assertEquals(
                "FAILED",
                Federation.json(root.resolve("run/state.json")).get("state").asText());
        SortedMap<String, byte[]> straight = Federation.bytes(root.resolve("straight"));
        assertArrayEquals(
                straight.get("rounds/1/global.safetensors"),
                Files.readAllBytes(root.resolve("run/rounds/1/global.safetensors")));

        Files.delete(obstacle);
        SimulationResult resumed = federation().resume(root.resolve("run").toString());

        assertEquals(Optional.empty(), resumed.reason());
        SortedMap<String, byte[]> bytes = Federation.bytes(root.resolve("run"));
        assertEquals(straight.keySet(), bytes.keySet());
        bytes.forEach((name, content) -> assertArrayEquals(straight.get(name), content, name));
    }

    @Test
    void aFolderThatCannotBeMadeIsRefusedWithoutTheNamesOfJavasClasses() throws Exception {
        Path file = Files.writeString(root.resolve("file"), "no folder");
        Federation federation = federation();

        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("file/run"));

        assertEquals(
                "the run's folder " + file.resolve("run") + " cannot be made (" + file.resolve("run")
                        + ": Not a directory); name one in a folder that can be written",
                refusal.getMessage());
    }

    @Test
    void itsLastStateNeedNotBeOnRecord() throws Exception {
        Federation federation = federation();
        federation.watching(event -> {
            if (event instanceof JobEvent.RoundFinished end && end.round() == 1) {
                try {
                    Files.writeString(root.resolve("run/rounds/2"), "in the way");
                    // Nothing can be renamed to where a folder lies that holds something.
                    Files.createDirectories(root.resolve("run/summary.json/in the way"));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });

        SimulationResult failed = federation.run("run");

        assertEquals(JobState.FAILED, failed.summary().state());
        assertTrue(failed.reason().orElseThrow().contains("rounds/2"), failed.reason()::toString);
    }
}
