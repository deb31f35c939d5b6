package io.weft.api.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.aggregation.Aggregation;
import io.weft.api.aggregation.Aggregator;
import io.weft.api.plugin.Option;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Aggregator} keeps to. A test class implements this interface, gives the aggregator, and inherits the tests:
 *
 * <pre>{@code
 * class MedianTest implements AggregatorContract {
 *     @Override
 *     public Aggregator aggregator() {
 *         return new Median();
 *     }
 * }
 * }</pre>
 */
public interface AggregatorContract {

    /** A scalar, an empty tensor, a small one, one of several pieces, and one that is not floating-point. */
    List<TensorSpec> TENSORS = List.of(
            TensorSpec.of("scalar", DType.F32, Shape.of()),
            TensorSpec.of("empty", DType.F32, Shape.of(0, 4)),
            TensorSpec.of("small", DType.F32, Shape.of(2, 4)),
            TensorSpec.of("large", DType.F32, Shape.of(61, 83)),
            TensorSpec.of("steps", DType.I64, Shape.of(3)));

    /** The aggregator under test; a new one every time. */
    Aggregator aggregator();

    /** What the job file gives to it, for an aggregator with options that have no default. */
    default Map<String, Object> options() {
        return Map.of();
    }

    @Test
    default void modelsThatAreAllTheSameStayAsTheyAre() throws IOException {
        // Values that sums and differences leave as they are by no luck.
        float[] awkward = {0.1f, -1f / 3, 1e-8f, 16_777_215f, -3e30f, Float.MAX_VALUE, Float.MIN_VALUE, 0f, -0f, 1f};
        TensorSpec tensor = TensorSpec.of("weight", DType.F32, Shape.of(awkward.length));
        MemoryTensors model = new MemoryTensors(List.of(tensor)).with(tensor, awkward);
        TestRound round = TestRound.of(model);
        for (int site = 1; site <= 4; site++) {
            round = round.site("site-" + site, 0.1 * site, model);
            assertArrayEquals(awkward, round.run(aggregator(), job()).floats(tensor), "of " + site + " sites");
        }
    }

    @Test
    default void everyTensorIsWrittenWhole() throws IOException {
        MemoryTensors result = round(1, 3).run(aggregator(), job());

        TensorSpec steps = TENSORS.get(4);
        assertArrayEquals(model(1, 0).bytes(steps), result.bytes(steps), "what is not floating-point stays as it is");
    }

    @Test
    default void theResultIsFiniteForAnyNumberOfSites() throws IOException {
        for (int sites = 1; sites <= 8; sites++) {
            assertFinite(round(2, sites).run(aggregator(), job()));
        }
    }

    @Test
    default void aSiteWithoutWeightHindersNobody() throws IOException {
        TestRound round = TestRound.of(model(3, 0)).site("a", 0, model(3, 1)).site("b", 2, model(3, 2));

        assertFinite(round.run(aggregator(), job()));
    }

    @Test
    default void theBitsDoNotDependOnThePieces() throws IOException {
        MemoryTensors whole = round(4, 5).inPiecesOf(100_000).run(aggregator(), job());
        for (int piece : new int[] {1, 7, 1024}) {
            assertSame(whole, round(4, 5).inPiecesOf(piece).run(aggregator(), job()), "in pieces of " + piece);
        }
    }

    @Test
    default void theSameRoundGivesTheSameBitsAgain() throws IOException {
        Aggregator aggregator = aggregator();

        MemoryTensors first = round(5, 4).run(aggregator, job());
        MemoryTensors again = round(5, 4).run(aggregator, job());

        assertSame(first, again, "the second time");
    }

    @Test
    default void twoJobsAtATimeDoNotMix() throws IOException {
        MemoryTensors alone = round(6, 3).run(aggregator(), job());

        Aggregator aggregator = aggregator();
        try (Aggregation one = aggregator.open(job());
                Aggregation other = aggregator.open(job())) {
            round(7, 5).run(other);
            assertSame(alone, round(6, 3).run(one), "beside another job");
        }
    }

    @Test
    default void whatItSaysIsASumIsOne() throws IOException {
        if (aggregator().sumsOnly()) {
            TensorSpec tensor = TENSORS.get(3);
            TestRound whole =
                    TestRound.of(model(8, 0)).site("a", 2, model(8, 1)).site("b", 1, model(8, 2));
            TestRound parted = TestRound.of(model(8, 0))
                    .site("a1", 1, model(8, 1))
                    .site("a2", 1, model(8, 1))
                    .site("b", 1, model(8, 2));

            assertArrayEquals(
                    whole.run(aggregator(), job()).floats(tensor),
                    parted.run(aggregator(), job()).floats(tensor),
                    1e-5f,
                    "two sites of half the weight count as one");
        }
    }

    @Test
    default void itsOptionsExplainThemselves() {
        Aggregator aggregator = aggregator();
        assertTrue(aggregator.options().isAnnotation(), "options() is an annotation interface");
        for (Method option : aggregator.options().getDeclaredMethods()) {
            Option described = option.getAnnotation(Option.class);
            assertNotNull(described, "@Option on " + option.getName());
            assertFalse(described.value().isBlank(), "a sentence for " + option.getName());
        }
    }

    private TestJob job() {
        return new TestJob(options());
    }

    private static TestRound round(int seed, int sites) {
        TestRound round = TestRound.of(model(seed, 0));
        for (int k = 1; k <= sites; k++) {
            round = round.site("site-" + k, 0.5 + k, model(seed, k));
        }
        return round;
    }

    /** A model drawn from a seed and a number: of numbers near those of trained ones. */
    private static MemoryTensors model(int seed, int number) {
        SplittableRandom random = new SplittableRandom(100L * seed + number);
        MemoryTensors model = new MemoryTensors(TENSORS);
        for (TensorSpec tensor : TENSORS) {
            if (tensor.type().decodable()) {
                float[] values = new float[(int) tensor.elements()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) random.nextGaussian() * 0.1f;
                }
                model.with(tensor, values);
            } else {
                byte[] bytes = new byte[(int) tensor.bytes()];
                random.nextBytes(bytes);
                model.writeBytes(tensor, 0, ByteBuffer.wrap(bytes));
            }
        }
        return model;
    }

    private static void assertFinite(MemoryTensors model) {
        for (TensorSpec tensor : TENSORS) {
            if (tensor.type().decodable()) {
                for (float value : model.floats(tensor)) {
                    assertTrue(Float.isFinite(value), tensor.name() + " has " + value);
                }
            }
        }
    }

    private static void assertSame(MemoryTensors expected, MemoryTensors found, String when) {
        assertEquals(expected.manifest(), found.manifest());
        for (TensorSpec tensor : TENSORS) {
            assertArrayEquals(expected.bytes(tensor), found.bytes(tensor), tensor.name() + " " + when);
        }
    }
}
