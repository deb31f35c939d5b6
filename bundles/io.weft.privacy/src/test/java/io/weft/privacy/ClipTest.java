package io.weft.privacy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.filter.Filtering;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.testing.MemoryTensors;
import io.weft.api.testing.TestJob;
import io.weft.api.testing.TestUpdate;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Held against PyTorch; make_clip.py beside clip.json wrote the values. */
class ClipTest {

    private static JsonNode golden() throws IOException {
        try (InputStream file = ClipTest.class.getResourceAsStream("clip.json")) {
            return new ObjectMapper().readTree(file);
        }
    }

    private static MemoryTensors tensors(JsonNode shapes, JsonNode values) {
        List<TensorSpec> tensors = new ArrayList<>();
        shapes.properties().forEach(entry -> {
            long[] dimensions = new long[entry.getValue().size()];
            for (int i = 0; i < dimensions.length; i++) {
                dimensions[i] = entry.getValue().get(i).asLong();
            }
            tensors.add(TensorSpec.of(entry.getKey(), DType.F32, Shape.of(dimensions)));
        });
        MemoryTensors filled = new MemoryTensors(tensors);
        tensors.forEach(tensor -> filled.with(tensor, floats(values.get(tensor.name()))));
        return filled;
    }

    private static float[] floats(JsonNode list) {
        float[] values = new float[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) list.get(i).asDouble();
        }
        return values;
    }

    private static TestJob job(double norm) {
        return new TestJob(Map.of("norm", norm));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.5", "5.0", "100.0"})
    void scalesAsPyTorchDoes(String norm) throws IOException {
        JsonNode golden = golden();
        MemoryTensors update = tensors(golden.get("shapes"), golden.get("update"));

        MemoryTensors clipped = TestUpdate.of(update).inPiecesOf(5).filtered(new Clip(), job(Double.parseDouble(norm)));

        for (TensorSpec tensor : update.manifest().tensors()) {
            assertArrayEquals(
                    floats(golden.get("clipped").get(norm).get(tensor.name())),
                    clipped.floats(tensor),
                    1e-7f,
                    tensor.name());
        }
    }

    @Test
    void tellsTheSiteTheNormBefore() throws IOException {
        JsonNode golden = golden();
        MemoryTensors update = tensors(golden.get("shapes"), golden.get("update"));
        assertEquals(6.771915673474022, golden.get("norm").asDouble());

        try (Filtering filtering = new Clip().open(job(0.5), 1, update)) {
            TestUpdate.of(update).filtered(filtering);
            assertEquals(
                    "norm 6.77192, clipped to 0.500000", filtering.account().orElseThrow());
        }
        try (Filtering filtering = new Clip().open(job(10), 1, update)) {
            TestUpdate.of(update).filtered(filtering);
            assertEquals("norm 6.77192, not above 10.0000", filtering.account().orElseThrow());
        }
    }

    @Test
    void sumsWhatFp32WouldLoseOrOverflow() throws IOException {
        TensorSpec tensor = TensorSpec.of("w", DType.F32, Shape.of(2));
        MemoryTensors update = new MemoryTensors(List.of(tensor)).with(tensor, 3e30f, 4e30f);

        assertArrayEquals(
                new float[] {0.6f, 0.8f},
                TestUpdate.of(update).filtered(new Clip(), job(1)).floats(tensor),
                1e-7f);
    }

    @Test
    void refusesWhatHasNoNorm() {
        TensorSpec tensor = TensorSpec.of("w", DType.F32, Shape.of(2));
        MemoryTensors update = new MemoryTensors(List.of(tensor)).with(tensor, Float.NaN, 1);

        Refusal refusal =
                assertThrows(Refusal.class, () -> TestUpdate.of(update).filtered(new Clip(), job(1)));

        assertTrue(refusal.getMessage().contains("not finite"), refusal.getMessage());
    }

    @Test
    void notesThatTensorsWithoutANormStayAtTheSite() {
        TestJob job = job(1);

        new Clip()
                .check(
                        job,
                        List.of(
                                TensorSpec.of("w", DType.F32, Shape.of(3)),
                                TensorSpec.of("steps", DType.I64, Shape.of(3))));

        assertEquals(
                List.of(
                        "the filter clip: 1 of 2 tensors of an update have no norm and stay at the site, such as 'steps' (I64)"),
                job.notes());
    }

    @Test
    void keepsTensorsWithoutANormAtTheSite() {
        try (Filtering filtering = new Clip().open(job(1), 1, new MemoryTensors(List.of()))) {
            assertTrue(filtering.withholds(TensorSpec.of("steps", DType.I64, Shape.of(3))));
            assertFalse(filtering.withholds(TensorSpec.of("w", DType.F32, Shape.of(3))));
        }
    }
}
