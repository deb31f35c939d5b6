package io.weft.quantizer.cast;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.exchange.Codec;
import io.weft.api.exchange.Quantizer;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.testing.TestJob;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Against what PyTorch makes of the same values (casts.py). */
class CastTest {

    private static final int COUNT = 4096;

    private final ByteBuffer expected = expected();

    private static ByteBuffer expected() {
        try (InputStream in = CastTest.class.getResourceAsStream("casts.bin")) {
            return ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private float[] values() {
        float[] values = new float[COUNT];
        expected.slice(0, COUNT * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }

    private byte[] bytes(int first) {
        byte[] bytes = new byte[COUNT * Short.BYTES];
        expected.get(first * Short.BYTES, bytes);
        return bytes;
    }

    private static Codec codec(Quantizer quantizer) {
        return quantizer.codec(TensorSpec.of("w", DType.F32, Shape.of(COUNT)), 1, new TestJob(Map.of()));
    }

    private static byte[] coded(Quantizer quantizer, float... values) {
        ByteBuffer out = ByteBuffer.allocate(values.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        codec(quantizer).encode(values, values.length, out);
        return out.array();
    }

    private static float[] decoded(Quantizer quantizer, byte[] coded) {
        float[] values = new float[coded.length / Short.BYTES];
        codec(quantizer).decode(ByteBuffer.wrap(coded).order(ByteOrder.LITTLE_ENDIAN), values, values.length);
        return values;
    }

    @Test
    void bf16IsThatOfPyTorch() {
        assertArrayEquals(bytes(2 * COUNT), coded(new Bfloat16(), values()));
    }

    @Test
    void fp16IsThatOfPyTorchAfterClamping() {
        assertArrayEquals(bytes(3 * COUNT), coded(new Float16(), values()));
    }

    @Test
    void everyPatternOfSixteenBitsComesBackAsItWas() {
        byte[] patterns = new byte[(1 << 16) * Short.BYTES];
        for (int i = 0; i < 1 << 16; i++) {
            patterns[2 * i] = (byte) i;
            patterns[2 * i + 1] = (byte) (i >> 8);
        }
        for (Quantizer quantizer : new Quantizer[] {new Bfloat16(), new Float16()}) {
            float[] values = decoded(quantizer, patterns);
            byte[] again = coded(quantizer, values);
            for (int i = 0; i < 1 << 16; i++) {
                if (!Float.isNaN(values[i])) {
                    assertEquals(patterns[2 * i], again[2 * i]);
                    assertEquals(patterns[2 * i + 1], again[2 * i + 1]);
                }
            }
        }
    }

    @Test
    void infinitiesAndNaNsAreCarried() {
        float[] odd = {Float.POSITIVE_INFINITY, 1, Float.NaN, Float.NEGATIVE_INFINITY, 2, -Float.NaN};
        for (Quantizer quantizer : new Quantizer[] {new Bfloat16(), new Float16()}) {
            float[] values = decoded(quantizer, coded(quantizer, odd));

            assertEquals(Float.POSITIVE_INFINITY, values[0]);
            assertEquals(1, values[1]);
            assertTrue(Float.isNaN(values[2]));
            assertEquals(Float.NEGATIVE_INFINITY, values[3]);
            assertEquals(2, values[4]);
            assertTrue(Float.isNaN(values[5]));
        }
    }

    @Test
    void fp16KeepsWhatIsFiniteFinite() {
        assertArrayEquals(
                new float[] {65504, -65504, 65504},
                decoded(new Float16(), coded(new Float16(), 1e6f, -Float.MAX_VALUE, 65535)));
    }
}
