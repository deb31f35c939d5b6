package io.weft.quantizer.lossless;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.exchange.Codec;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.testing.TestJob;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LosslessTest {

    private static final int PIECE = 64 << 10;

    private static Codec codec(int count) {
        return new Lossless().codec(TensorSpec.of("w", DType.F32, Shape.of(count)), 1, new TestJob(Map.of()));
    }

    private static byte[] coded(float[] values) {
        Codec codec = codec(values.length);
        ByteBuffer out = ByteBuffer.wrap(new byte[codec.room(values.length)]).order(ByteOrder.LITTLE_ENDIAN);
        codec.encode(values, values.length, out);
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    private static float[] decoded(byte[] coded, int count) {
        float[] values = new float[count];
        ByteBuffer in = ByteBuffer.wrap(coded).order(ByteOrder.LITTLE_ENDIAN);
        codec(count).decode(in, values, count);
        return values;
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    private static byte[] assertComesBack(float... values) {
        byte[] coded = coded(values);
        assertArrayEquals(bits(values), bits(decoded(coded, values.length)));
        return coded;
    }

    /** What a model's weights look like, cut to their upper bits. */
    private static float[] weights(int count, int mask) {
        SplittableRandom random = new SplittableRandom(3);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = Float.intBitsToFloat(Float.floatToRawIntBits((float) random.nextGaussian(0, 0.02)) & mask);
        }
        return values;
    }

    private static float[] noise(int mask) {
        SplittableRandom random = new SplittableRandom(4);
        float[] noise = new float[PIECE];
        for (int i = 0; i < PIECE; i++) {
            noise[i] = Float.intBitsToFloat(random.nextInt() & mask);
        }
        return noise;
    }

    @Test
    void weightsInBf16TakeLessThanTwoThirds() {
        byte[] coded = assertComesBack(weights(PIECE, 0xffff_0000));

        double ratio = 2.0 * PIECE / coded.length;
        assertTrue(ratio >= 1.45, "1 : " + ratio + " of bf16");
    }

    @Test
    void weightsInFp32TakeFiveSixths() {
        byte[] coded = assertComesBack(weights(PIECE, -1));

        assertEquals(1.2, 4.0 * PIECE / coded.length, 0.02);
    }

    @Test
    void noiseDoesNotGrow() {
        assertTrue(assertComesBack(noise(-1)).length <= 4 * PIECE * 1.001);
        assertTrue(assertComesBack(noise(0xffff_0000)).length <= 2 * PIECE * 1.001);
    }

    @Test
    void everyPatternOfBitsComesBack() {
        assertComesBack(
                Float.NaN,
                Float.intBitsToFloat(0x7fc0_0001),
                Float.intBitsToFloat(0xffc1_2345),
                Float.POSITIVE_INFINITY,
                -0.0f,
                0,
                Float.MIN_VALUE,
                Float.MAX_VALUE);
        assertComesBack(new float[1]);
        assertComesBack(new float[PIECE]);
        for (int count = 1; count < 40; count++) {
            assertComesBack(weights(count, 0xffff_0000));
        }
    }

    @Test
    void exponentsOfAnyFrequencyComeBack() {
        // Counts that grow as Fibonacci's numbers would need words of more than twelve bits.
        float[] values = new float[PIECE];
        int at = 0;
        int size = 1;
        int next = 1;
        for (int exponent = 1; at < PIECE; exponent++) {
            for (int i = 0; i < size && at < PIECE; i++) {
                values[at++] = Float.intBitsToFloat((exponent * 5) << 23);
            }
            int sum = size + next;
            size = next;
            next = sum;
        }

        assertTrue(assertComesBack(values).length < 2 * PIECE);
    }

    @Test
    void whatChanceHasSpoiltIsRefusedOrHasOtherValuesAndNothingWorse() {
        SplittableRandom random = new SplittableRandom(5);
        byte[] coded = coded(weights(4096, 0xffff_0000));
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            byte[] spoilt = coded.clone();
            spoilt[i % 150] ^= (byte) (1 << random.nextInt(8));
            try {
                decoded(spoilt, 4096);
            } catch (Refusal | IndexOutOfBoundsException | BufferUnderflowException e) {
                refused++;
            }
        }
        assertTrue(refused > 1000, refused + " of 2000");
        assertThrows(Refusal.class, () -> decoded(new byte[9], 1));
    }
}
