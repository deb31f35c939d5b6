package io.weft.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class HalvesTest {

    /** The fp32 bits of torch's NaN, which stands for every NaN in the digests. */
    private static final int NAN = 0x7fc0_0000;

    @Test
    void widensEveryBitPatternAsTorchDoes() throws IOException {
        short[] every = new short[1 << 16];
        for (int i = 0; i < every.length; i++) {
            every[i] = (short) i;
        }
        float[] wide = new float[every.length];

        Halves.fromFloat16(every, 0, wide, 0, every.length);
        assertTrue(Files.readString(Golden.path("halves.json")).contains("\"F16\": \"" + digest(wide)));

        Halves.fromBfloat16(every, 0, wide, 0, every.length);
        assertTrue(Files.readString(Golden.path("halves.json")).contains("\"BF16\": \"" + digest(wide)));
    }

    @Test
    void narrowsToTheNearestAsTorchDoes() throws IOException {
        try (TensorReader golden = Safetensors.openCheckpoint(Golden.path("halves.safetensors"))) {
            TensorSpec wide = golden.manifest().tensor("wide").orElseThrow();
            float[] values = new float[(int) wide.elements()];
            golden.read(wide, 0, values, values.length);

            short[] half = new short[values.length];
            Halves.toFloat16(values, 0, half, 0, values.length);
            assertArrayEquals(shorts(golden, "f16"), half);

            Halves.toBfloat16(values, 0, half, 0, values.length);
            assertArrayEquals(shorts(golden, "bf16"), half);
        }
    }

    @Test
    void narrowingReturnsWhatWasWidened() {
        for (int i = 0; i < 1 << 16; i++) {
            short bits = (short) i;
            float fp16 = Halves.fromFloat16(bits);
            float bf16 = Halves.fromBfloat16(bits);
            assertEquals(Float.isNaN(fp16) ? bits | 0x0200 : bits, Halves.toFloat16(fp16), () -> "fp16 " + bits);
            assertEquals(Float.isNaN(bf16) ? bits | 0x0040 : bits, Halves.toBfloat16(bf16), () -> "bf16 " + bits);
        }
    }

    @Test
    void keepsNaNsAndTheirSigns() {
        for (int bits : new int[] {0x7f80_0001, 0x7fff_ffff, 0xff80_0001, 0xffc1_2345, NAN}) {
            float nan = Float.intBitsToFloat(bits);
            assertTrue(Float.isNaN(Halves.fromFloat16(Halves.toFloat16(nan))));
            assertTrue(Float.isNaN(Halves.fromBfloat16(Halves.toBfloat16(nan))));
            assertEquals(bits < 0, Halves.toFloat16(nan) < 0);
            assertEquals(bits < 0, Halves.toBfloat16(nan) < 0);
        }
    }

    @Test
    void buffersAndArraysAgree() {
        float[] values = {0.1f, -3e-6f, 70000f, 1 / 3f};
        short[] half = new short[4];
        ByteBuffer bytes = ByteBuffer.allocateDirect(16).order(ByteOrder.LITTLE_ENDIAN);

        Halves.toFloat16(values, 1, bytes, 3);
        Halves.toFloat16(values, 1, half, 0, 3);
        assertEquals(6, bytes.position());
        float[] back = new float[4];
        Halves.fromFloat16(bytes.flip(), back, 1, 3);
        assertArrayEquals(
                new float[] {0, Halves.fromFloat16(half[0]), Halves.fromFloat16(half[1]), Halves.fromFloat16(half[2])},
                back);

        bytes.clear();
        Halves.toBfloat16(values, 1, bytes, 3);
        Halves.toBfloat16(values, 1, half, 0, 3);
        Halves.fromBfloat16(bytes.flip(), back, 1, 3);
        assertArrayEquals(
                new float[] {0, Halves.fromBfloat16(half[0]), Halves.fromBfloat16(half[1]), Halves.fromBfloat16(half[2])
                },
                back);
    }

    private static String digest(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putInt(Float.isNaN(value) ? NAN : Float.floatToRawIntBits(value));
        }
        return Digests.of(bytes.array());
    }

    private static short[] shorts(TensorReader reader, String name) throws IOException {
        TensorSpec tensor = reader.manifest().tensor(name).orElseThrow();
        assertEquals(2, tensor.type().bytes());
        assertTrue(tensor.type() == DType.F16 || tensor.type() == DType.BF16);
        ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        reader.readBytes(tensor, 0, bytes);
        short[] values = new short[(int) tensor.elements()];
        bytes.flip().asShortBuffer().get(values);
        return values;
    }
}
