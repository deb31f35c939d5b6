package io.weft.privacy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.filter.Filtering;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.testing.MemoryTensors;
import io.weft.api.testing.TestJob;
import io.weft.api.testing.TestUpdate;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExcludeTest {

    private static final TensorSpec HEAD = TensorSpec.of("lm_head.weight", DType.F32, Shape.of(2));
    private static final TensorSpec LAYER = TensorSpec.of("layers.0.weight", DType.F32, Shape.of(2));
    private static final TensorSpec COUNT = TensorSpec.of("layers.0.count", DType.I64, Shape.of(1));

    private static TestJob job(String... patterns) {
        return new TestJob(Map.of("tensors", patterns));
    }

    @Test
    void leavesADifferenceOfZeroOfWhatItsPatternsAreFor() throws IOException {
        MemoryTensors update =
                new MemoryTensors(List.of(HEAD, LAYER)).with(HEAD, 1, 2).with(LAYER, 3, 4);

        MemoryTensors left = TestUpdate.of(update).filtered(new Exclude(), job("lm_*", "*.?.bias"));

        assertArrayEquals(new float[2], left.floats(HEAD));
        assertArrayEquals(new float[] {3, 4}, left.floats(LAYER));
    }

    @Test
    void matchesWholeNamesAndNothingElseInThemIsSpecial() {
        try (Filtering filtering = new Exclude().open(job("lm_head", "layers?0?count", "[a-z]*"), 1, none())) {
            assertEquals(
                    List.of(COUNT),
                    List.of(HEAD, LAYER, COUNT).stream()
                            .filter(filtering::withholds)
                            .toList());
        }
    }

    private static MemoryTensors none() {
        return new MemoryTensors(List.of());
    }

    @Test
    void notesAPatternThatIsForNoTensor() {
        TestJob job = job("lm_*", "*norm*");

        new Exclude().check(job, List.of(HEAD, LAYER));

        assertEquals(
                List.of(
                        "the filter exclude: the pattern '*norm*' matches none of the 2 tensors of an update, such as 'lm_head.weight'"),
                job.notes());
    }

    @Test
    void refusesToLeaveNothing() {
        Refusal refusal =
                assertThrows(Refusal.class, () -> new Exclude().check(job("lm_*", "layers*"), List.of(HEAD, LAYER)));

        assertTrue(refusal.getMessage().contains("match all 2 tensors of an update"), refusal.getMessage());
    }
}
