package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.api.exchange.Codec;
import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.quantizer.bitsandbytes.Int8;
import io.weft.quantizer.cast.Bfloat16;
import io.weft.quantizer.cast.Float16;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import io.weft.simulate.SimulationResult;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Models and updates cross the wire coded, lie coded until they are folded, and come out near to what they were. */
@Timeout(60)
class CodedWireTest {

    private static final long LOGICAL = 4L * (70_000 + 15);

    @TempDir
    Path root;

    private Federation federation(String wire) throws IOException {
        return federation(FakeTrainer.ofTwoTensors(DType.F32), wire);
    }

    private Federation federation(FakeTrainer trainer, String wire) throws IOException {
        Federation federation = new Federation(root, trainer)
                .site("north", 1, 1, 2, 3)
                .site("south", 2, 4)
                .site("west", 3, 2, 2)
                .more(wire + "\n");
        federation.plugins().install(Quantizer.class, "bf16", new Bfloat16(), "1.0.0");
        federation.plugins().install(Quantizer.class, "fp16", new Float16(), "1.0.0");
        return federation;
    }

    private List<JsonNode> transfers(String run, String direction) throws IOException {
        return Federation.lines(root.resolve(run).resolve("metrics.jsonl")).stream()
                .filter(line -> line.get("kind").asText().equals("transfer")
                        && line.get("direction").asText().equals(direction)
                        && line.get("round").asInt() > 0)
                .toList();
    }

    private float[] result(String run) throws IOException {
        try (TensorReader model = Safetensors.open(root.resolve(run).resolve("rounds/3/global.safetensors"))) {
            TensorSpec tensor = model.manifest().tensor("a.weight").orElseThrow();
            float[] values = new float[70_000];
            model.read(tensor, 0, values, values.length);
            return values;
        }
    }

    @Test
    void halvesTheBytesBothWays() throws Exception {
        Federation federation = federation("wire: {up: bf16, down: fp16, send: difference}");
        SimulationResult result = federation.run("coded");
        assertEquals(
                JobState.FINISHED, result.summary().state(), result.reason().toString());
        assertEquals(0, federation.plugins().open(), "leases");

        for (String direction : List.of("up", "down")) {
            List<JsonNode> lines = transfers("coded", direction).stream()
                    .filter(line -> line.has("quantizationError"))
                    .toList();
            assertEquals(9, lines.size(), "three sites in three rounds, " + direction);
            for (JsonNode line : lines) {
                assertEquals(LOGICAL, line.get("logicalBytes").asLong());
                assertEquals(LOGICAL / 2.0, line.get("encodedBytes").asDouble(), 100);
                assertTrue(line.get("wireBytes").asLong() < LOGICAL * 0.51);
                assertEquals(1e-3, line.get("quantizationError").asDouble(), 2e-3);
                assertTrue(line.get("encodeMilliseconds").asDouble() > 0);
                assertTrue(line.get("decodeMilliseconds").asDouble() > 0);
            }
        }
        federation("").run("plain");
        assertArrayEquals(result("plain"), result("coded"), 0.02f);
    }

    @Test
    void keepsUpdatesCodedUntilTheyAreFolded() throws Exception {
        federation("wire: {up: bf16}").run("coded");

        try (TensorReader update = Safetensors.open(root.resolve("coded/rounds/3/updates/south.safetensors"))) {
            assertEquals(
                    DType.U8, update.manifest().tensor("a.weight").orElseThrow().type());
            assertEquals(DType.F32, update.manifest().tensor("b").orElseThrow().type(), "a small one");
        }
        try (Stream<Path> left = Files.walk(root.resolve("coded"))) {
            assertEquals(
                    List.of(),
                    left.filter(file -> file.toString().endsWith(".partial")).toList());
        }
    }

    @Test
    void sendsWhatIsExceptedAsItIs() throws Exception {
        federation("wire: {up: {quantizer: bf16, except: ['a.*']}}").run("excepted");

        for (JsonNode line : transfers("excepted", "up")) {
            assertEquals(LOGICAL, line.get("encodedBytes").asLong());
        }
    }

    /** Makes nothing smaller. */
    private static final class Copying implements Quantizer, Codec {

        @Override
        public int block(JobContext job) {
            return 1;
        }

        @Override
        public Codec codec(TensorSpec tensor, int round, JobContext job) {
            return this;
        }

        @Override
        public int room(int count) {
            return count * Float.BYTES;
        }

        @Override
        public void encode(float[] piece, int count, ByteBuffer out) {
            for (int i = 0; i < count; i++) {
                out.putFloat(piece[i]);
            }
        }

        @Override
        public void decode(ByteBuffer in, float[] piece, int count) {
            for (int i = 0; i < count; i++) {
                piece[i] = in.getFloat();
            }
        }
    }

    @Test
    void sendsAsItIsWhatCodingWouldNotMakeSmaller() throws Exception {
        Federation federation = federation("wire: {up: {quantizer: copying, errorFeedback: true}, down: copying}");
        federation.plugins().install(Quantizer.class, "copying", new Copying(), "1.0.0");
        SimulationResult result = federation.run("copied");
        assertEquals(
                JobState.FINISHED, result.summary().state(), result.reason().toString());

        for (String direction : List.of("up", "down")) {
            for (JsonNode line : transfers("copied", direction)) {
                assertEquals(LOGICAL, line.get("encodedBytes").asLong());
            }
        }
        federation("").run("plain");
        assertArrayEquals(result("plain"), result("copied"));
    }

    @Test
    void notesAPatternThatIsForNoTensor() throws Exception {
        Federation federation = federation("wire: {up: {quantizer: bf16, except: ['a.*', '*nrom*']}, down: bf16}");
        federation.run("noted");

        List<String> notes = federation.events().stream()
                .filter(JobEvent.Noted.class::isInstance)
                .map(event -> ((JobEvent.Noted) event).message())
                .toList();
        assertEquals(1, notes.size(), notes.toString());
        assertTrue(notes.get(0).contains("job.yaml:6: the pattern '*nrom*' matches none of the"), notes.get(0));
    }

    @Test
    void withErrorFeedbackTheNextRoundMakesGoodWhatOneLost() throws Exception {
        federation("").run("plain");
        federation("wire: {up: bf16, down: bf16}").run("coded");
        federation("wire: {up: bf16, down: {quantizer: bf16, errorFeedback: true}}")
                .run("fed-back");

        assertTrue(Files.exists(root.resolve("fed-back/state/wire.down/3.safetensors")));
        assertFalse(Arrays.equals(result("coded"), result("fed-back")));
        assertArrayEquals(result("plain"), result("fed-back"), 0.05f);
    }

    @Test
    void aResumedRunGivesTheBytesOfOneThatWasNotInterrupted() throws Exception {
        String fed = "{quantizer: bf16, smallest: 100, errorFeedback: true}";
        String wire = "wire: {up: " + fed + ", down: " + fed + ", send: difference}";
        federation(new RememberingTrainer(), wire).run("undisturbed");
        boolean[] failed = {false};
        RememberingTrainer mortal = new RememberingTrainer() {
            @Override
            protected void training(String site, int round) {
                if (site.equals("south") && round == 2 && !failed[0]) {
                    failed[0] = true;
                    throw new Refusal("the disk is full");
                }
            }
        };
        Federation federation = federation(mortal, wire);
        SimulationResult cut = federation.run("run");
        assertEquals(JobState.FAILED, cut.summary().state());

        SimulationResult resumed = federation.resume(cut.summary().job());

        assertEquals(
                JobState.FINISHED, resumed.summary().state(), resumed.reason().toString());
        SortedMap<String, byte[]> expected = Federation.bytes(root.resolve("undisturbed"));
        SortedMap<String, byte[]> found = Federation.bytes(root.resolve("run"));
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, bytes) -> assertArrayEquals(bytes, found.get(name), name));
    }

    @Test
    void refusesOptionsThatAQuantizerDoesNotTakeByTheirLine() throws Exception {
        Federation federation = federation("wire: {up: {quantizer: int8, block: 100}}");
        federation.plugins().install(Quantizer.class, "int8", new Int8(), "1.0.0");
        Refusal refusal = assertThrows(Refusal.class, () -> federation.run("none"));

        assertTrue(
                refusal.getMessage()
                        .endsWith("job.yaml:6: the option block of 'int8' is 100; allowed: powers of two, such as 64"),
                refusal.getMessage());
    }

    @Test
    void refusesAQuantizerThatIsNotThereBeforeAnythingStarts() throws Exception {
        Refusal refusal =
                assertThrows(Refusal.class, () -> federation("wire: {up: bf61}").run("none"));

        assertTrue(
                refusal.getMessage()
                        .endsWith("quantizer 'bf61' is not installed; there are: bf16, fp16; did you mean 'bf16'?"),
                refusal.getMessage());
        assertTrue(refusal.getMessage().contains("job.yaml:6: "), refusal.getMessage());
    }
}
