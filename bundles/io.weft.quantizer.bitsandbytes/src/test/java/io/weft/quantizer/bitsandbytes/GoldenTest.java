package io.weft.quantizer.bitsandbytes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.exchange.Quantizer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Against digests that bitsandbytes' formulas gave under PyTorch 1.13 on x[i] = ((i · 1103515245 + 12345) mod 2³¹) / 2³⁰ − 1: the
 * first 16 hexadecimal digits of the SHA-256 of little-endian bytes.
 */
class GoldenTest {

    private static final int COUNT = 10_000;

    private final float[] values = values();

    private static float[] values() {
        float[] values = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            long state = (i * 1103515245L + 12345) % (1L << 31);
            values[i] = (float) (state / (double) (1L << 30) - 1);
        }
        return values;
    }

    private static String sha(byte[] bytes) {
        return HexFormat.of().formatHex(DynamicMap.sha256(bytes)).substring(0, 16);
    }

    private static String sha(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return sha(bytes.array());
    }

    private static double relativeError(float[] values, float[] decoded) {
        double lost = 0;
        double all = 0;
        for (int i = 0; i < values.length; i++) {
            lost += Math.pow((double) values[i] - decoded[i], 2);
            all += Math.pow(values[i], 2);
        }
        return Math.sqrt(lost / all);
    }

    private Coded coded(Quantizer quantizer, Map<String, Object> options) {
        return Coded.of(quantizer, options, values);
    }

    @Test
    void theVectorIsTheOneThatWasUsed() {
        assertEquals("2d4ac2b06d6eb482", sha(values));
    }

    @Test
    void int8InBlocksOf4096() {
        Coded coded = coded(new Int8(), Map.of("map", DynamicMap.Release.FORMER));

        assertEquals("d6eb0c8919c4b412", sha(coded.codes(COUNT)));
        assertEquals("3374bf50e707899a", sha(coded.scales(3)));
        assertEquals("287f325cef9df4d2", sha(coded.decoded()));
        assertEquals(0.00665, relativeError(values, coded.decoded()), 5e-6);
    }

    @Test
    void int8InBlocksOf64() {
        Coded coded = coded(new Int8(), Map.of("map", DynamicMap.Release.FORMER, "block", 64));

        assertEquals("463389f8b912d690", sha(coded.codes(COUNT)));
        assertEquals("c7cc63bbf491530b", sha(coded.scales(157)));
        assertEquals("803c1ce5b1c43472", sha(coded.decoded()));
    }

    @Test
    void nf4() {
        Coded coded = coded(new Nf4(), Map.of());

        assertEquals("abea409243e7166f", sha(coded.codes(COUNT / 2)));
        assertEquals("2869f3565915b772", sha(coded.decoded()));
        assertEquals(0.09239, relativeError(values, coded.decoded()), 5e-6);
    }

    @Test
    void fp4() {
        Coded coded = coded(new Fp4(), Map.of());

        assertEquals("0d49a69c0f7c5ff6", sha(coded.decoded()));
        assertEquals(0.11255, relativeError(values, coded.decoded()), 5e-6);
    }

    @Test
    void theMapsAreThoseOfTheTwoReleases() {
        assertEquals(0x6d0ca9fe, DynamicMap.of(DynamicMap.Release.FORMER).id());
        assertEquals(0xe732639a, DynamicMap.of(DynamicMap.Release.CURRENT).id());
        float[] map = new float[256];
        for (int i = 0; i < 256; i++) {
            map[i] = DynamicMap.of(DynamicMap.Release.FORMER).book().value(i);
        }
        assertEquals(0, map[127]);
        assertEquals(1, map[255]);
        assertEquals(-0.992968738079071, map[0], 0);
        for (int i = 1; i < 256; i++) {
            assertTrue(map[i] > map[i - 1]);
        }
    }
}
