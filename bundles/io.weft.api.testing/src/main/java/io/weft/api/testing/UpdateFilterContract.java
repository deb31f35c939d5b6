package io.weft.api.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.filter.Filtering;
import io.weft.api.filter.UpdateFilter;
import io.weft.api.plugin.Option;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * What every {@link UpdateFilter} keeps to. A test class implements this interface, gives the filter, and inherits the tests:
 *
 * <pre>{@code
 * class RoundTest implements UpdateFilterContract {
 *     @Override
 *     public UpdateFilter filter() {
 *         return new Round();
 *     }
 * }
 * }</pre>
 */
public interface UpdateFilterContract {

    /** A scalar, an empty tensor, a small one, and one of several pieces. */
    List<TensorSpec> TENSORS = List.of(
            TensorSpec.of("scalar", DType.F32, Shape.of()),
            TensorSpec.of("empty", DType.F32, Shape.of(0, 4)),
            TensorSpec.of("small", DType.F32, Shape.of(2, 4)),
            TensorSpec.of("large", DType.F32, Shape.of(61, 83)));

    /** The filter under test; a new one every time. */
    UpdateFilter filter();

    /** What the job file gives to it, for a filter with options that have no default. */
    default Map<String, Object> options() {
        return Map.of();
    }

    @Test
    default void theBitsDoNotDependOnThePieces() throws IOException {
        MemoryTensors whole = update(1).inPiecesOf(100_000).filtered(filter(), job());
        for (int piece : new int[] {1, 7, 1024}) {
            assertSame(whole, update(1).inPiecesOf(piece).filtered(filter(), job()), "in pieces of " + piece);
        }
    }

    @Test
    default void theSameUpdateGivesTheSameBitsAgain() throws IOException {
        UpdateFilter filter = filter();

        MemoryTensors first = update(2).filtered(filter, job());

        assertSame(first, update(2).filtered(filter, job()), "the second time");
    }

    @Test
    default void aPieceComesOutTheSameEachTime() throws IOException {
        try (Filtering filtering = filter().open(job(), 1, new MemoryTensors(TENSORS))) {
            update(3).filtered(filtering);
            TensorSpec tensor = TENSORS.get(3);
            float[] once = values(3, tensor);
            float[] twice = values(3, tensor);

            filtering.apply(tensor, 0, once, once.length);
            filtering.apply(tensor, 0, twice, twice.length);

            assertArrayEquals(once, twice);
        }
    }

    @Test
    default void touchesNothingBeyondThePiece() throws IOException {
        try (Filtering filtering = filter().open(job(), 1, new MemoryTensors(TENSORS))) {
            update(4).filtered(filtering);
            TensorSpec tensor = TENSORS.get(3);
            float[] values = values(4, tensor);
            float[] before = values.clone();

            filtering.apply(tensor, 0, values, 10);

            for (int i = 10; i < values.length; i++) {
                assertEquals(before[i], values[i], 0f);
            }
        }
    }

    @Test
    default void twoUpdatesAtATimeDoNotMix() throws IOException {
        MemoryTensors alone = update(5).filtered(filter(), job());

        UpdateFilter filter = filter();
        try (Filtering one = filter.open(job(), 1, new MemoryTensors(TENSORS));
                Filtering other = filter.open(job(), 1, new MemoryTensors(TENSORS))) {
            update(6).filtered(other);
            assertSame(alone, update(5).filtered(one), "beside another update");
        }
    }

    @Test
    default void whatIsNoNumberIsCarriedWithheldOrRefused() throws IOException {
        TensorSpec tensor = TENSORS.get(2);
        for (float odd : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] values = values(7, tensor);
            values[3] = odd;
            TestUpdate update = TestUpdate.of(difference(7).with(tensor, values));
            try (Filtering filtering = filter().open(job(), 1, new MemoryTensors(TENSORS))) {
                float found = update.filtered(filtering).floats(tensor)[3];
                assertTrue(
                        filtering.withholds(tensor) || !Float.isFinite(found),
                        odd + " became " + found + ", which hides from the server that training failed");
            } catch (Refusal refusal) {
                assertFalse(refusal.getMessage().isBlank());
            }
        }
    }

    @Test
    default void itsOptionsExplainThemselves() {
        UpdateFilter filter = filter();
        assertTrue(filter.options().isAnnotation(), "options() is an annotation interface");
        for (Method option : filter.options().getDeclaredMethods()) {
            Option described = option.getAnnotation(Option.class);
            assertNotNull(described, "@Option on " + option.getName());
            assertFalse(described.value().isBlank(), "a sentence for " + option.getName());
        }
    }

    private TestJob job() {
        return new TestJob(options());
    }

    private static TestUpdate update(int seed) {
        return TestUpdate.of(difference(seed));
    }

    private static MemoryTensors difference(int seed) {
        MemoryTensors difference = new MemoryTensors(TENSORS);
        TENSORS.forEach(tensor -> difference.with(tensor, values(seed, tensor)));
        return difference;
    }

    private static float[] values(int seed, TensorSpec tensor) {
        SplittableRandom random =
                new SplittableRandom(31L * seed + tensor.name().hashCode());
        float[] values = new float[(int) tensor.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 0.1f;
        }
        return values;
    }

    private static void assertSame(MemoryTensors expected, MemoryTensors found, String when) {
        for (TensorSpec tensor : TENSORS) {
            assertArrayEquals(expected.bytes(tensor), found.bytes(tensor), tensor.name() + " " + when);
        }
    }
}
