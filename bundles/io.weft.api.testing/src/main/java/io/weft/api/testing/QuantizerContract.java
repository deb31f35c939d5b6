package io.weft.api.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.exchange.Codec;
import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.Option;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Quantizer} keeps to. A test class implements this interface, gives the quantizer and how much it may lose, and
 * inherits the tests:
 *
 * <pre>{@code
 * class TernaryTest implements QuantizerContract {
 *     @Override
 *     public Quantizer quantizer() {
 *         return new Ternary();
 *     }
 *
 *     @Override
 *     public double mostLost() {
 *         return 0.5;
 *     }
 * }
 * }</pre>
 */
public interface QuantizerContract {

    /** The quantizer under test; a new one every time. */
    Quantizer quantizer();

    /** The most that coding may lose of normally distributed values: the norm of the difference over the norm of the values. */
    double mostLost();

    /** What the job file gives to it, for a quantizer with options that have no default. */
    default Map<String, Object> options() {
        return Map.of();
    }

    @Test
    default void losesNoMoreThanItSays() {
        for (double scale : new double[] {1e-6, 0.02, 1, 1000}) {
            float[] values = normal(1, 3 * piece() + 17, scale);
            float[] found = coded(quantizer(), values).decoded();
            double lost = 0;
            double all = 0;
            for (int i = 0; i < values.length; i++) {
                lost += Math.pow((double) values[i] - found[i], 2);
                all += Math.pow(values[i], 2);
            }
            assertTrue(
                    Math.sqrt(lost / all) <= mostLost(),
                    "lost " + Math.sqrt(lost / all) + " of values around " + scale);
        }
    }

    @Test
    default void takesTensorsOfAnyLength() {
        for (int count : new int[] {1, 2, 3, 63, 65, piece() - 1, piece(), piece() + 1}) {
            if (count > 0) {
                float[] values = normal(2, count, 0.02);
                assertEquals(count, coded(quantizer(), values).decoded().length);
            }
        }
    }

    @Test
    default void zerosStayZeros() {
        for (float value : coded(quantizer(), new float[piece() + 5]).decoded()) {
            assertEquals(0.0, value, 0.0);
        }
    }

    @Test
    default void theSameTensorGivesTheSameBytesAgain() {
        float[] values = normal(3, 2 * piece() + 3, 0.02);
        Quantizer quantizer = quantizer();

        CodedTensor first = coded(quantizer, values);

        assertArrayEquals(first.bytes(), coded(quantizer, values).bytes());
    }

    @Test
    default void piecesDecodeInAnyOrder() {
        CodedTensor coded = coded(quantizer(), normal(4, 3 * piece() + 3, 0.02));

        assertArrayEquals(coded.decoded(), coded.decodedBackwards());
    }

    @Test
    default void twoTensorsAtATimeDoNotMix() {
        float[] one = normal(5, piece() + 9, 0.02);
        float[] other = normal(6, piece() + 9, 5);
        byte[] alone = coded(quantizer(), one).bytes();

        Quantizer quantizer = quantizer();
        CodedTensor first = new CodedTensor(quantizer, job(), tensor(one), one, piece());
        CodedTensor second = new CodedTensor(quantizer, job(), tensor(other), other, piece());
        first.begin();
        second.begin();
        second.encode();
        first.encode();

        assertArrayEquals(alone, first.bytes());
    }

    @Test
    default void leavesWhatItCodesAsItIs() {
        float[] values = normal(7, piece(), 0.02);
        float[] before = values.clone();

        coded(quantizer(), values);

        assertArrayEquals(before, values);
    }

    @Test
    default void whatIsNoNumberIsCarriedOrRefusedByName() {
        for (float odd : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] values = normal(8, piece(), 0.02);
            values[piece() / 2] = odd;
            CodedTensor coded;
            try {
                coded = coded(quantizer(), values);
            } catch (Refusal refusal) {
                assertTrue(refusal.getMessage().contains("'weight'"), refusal.getMessage());
                continue;
            }
            assertEquals(odd, coded.decoded()[piece() / 2], 0f);
        }
    }

    @Test
    default void bytesThatAreMissingAreNotMadeUp() {
        CodedTensor coded = coded(quantizer(), normal(9, piece(), 0.02));

        assertThrows(RuntimeException.class, coded::decodedWithoutItsLastByte);
    }

    @Test
    default void itsOptionsExplainThemselves() {
        Quantizer quantizer = quantizer();
        assertTrue(quantizer.options().isAnnotation(), "options() is an annotation interface");
        for (Method option : quantizer.options().getDeclaredMethods()) {
            Option described = option.getAnnotation(Option.class);
            assertNotNull(described, "@Option on " + option.getName());
            assertFalse(described.value().isBlank(), "a sentence for " + option.getName());
        }
    }

    @Test
    default void metaBytesAreAPartOfAPiece() {
        try (Codec codec = quantizer().codec(tensor(new float[piece()]), 1, job())) {
            assertTrue(codec.metaBytes(piece()) >= 0);
            assertTrue(codec.metaBytes(piece()) <= codec.room(piece()));
        }
    }

    private TestJob job() {
        return new TestJob(options());
    }

    /** A few blocks. */
    private int piece() {
        int block = quantizer().block(job());
        return Math.max(block, 4096 / block * block);
    }

    private CodedTensor coded(Quantizer quantizer, float[] values) {
        CodedTensor coded = new CodedTensor(quantizer, job(), tensor(values), values, piece());
        coded.begin();
        coded.encode();
        return coded;
    }

    private static TensorSpec tensor(float[] values) {
        return TensorSpec.of("weight", DType.F32, Shape.of(values.length));
    }

    private static float[] normal(int seed, int count, double scale) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * scale);
        }
        return values;
    }
}
