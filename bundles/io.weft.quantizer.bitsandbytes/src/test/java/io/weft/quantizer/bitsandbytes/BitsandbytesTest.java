package io.weft.quantizer.bitsandbytes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.testing.TestJob;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Against what bitsandbytes itself makes of a tensor on a CPU (vectors.py). */
class BitsandbytesTest {

    private static TensorReader vectors() throws IOException {
        try {
            return Safetensors.openCheckpoint(Path.of(
                    BitsandbytesTest.class.getResource("vectors.safetensors").toURI()));
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static TensorSpec tensor(TensorReader vectors, String name) {
        return vectors.manifest().tensor(name).orElseThrow(() -> new AssertionError("no " + name));
    }

    private static float[] floats(String name) throws IOException {
        try (TensorReader vectors = vectors()) {
            TensorSpec tensor = tensor(vectors, name);
            float[] values = new float[(int) tensor.elements()];
            vectors.read(tensor, 0, values, values.length);
            return values;
        }
    }

    private static byte[] bytes(String name) throws IOException {
        try (TensorReader vectors = vectors()) {
            TensorSpec tensor = tensor(vectors, name);
            byte[] values = new byte[(int) tensor.bytes()];
            vectors.readBytes(tensor, 0, ByteBuffer.wrap(values));
            return values;
        }
    }

    /** The values, with zeros that are positive: releases of bitsandbytes differ in the signs of zeros. */
    private static float[] withOneZero(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] += 0.0f;
        }
        return values;
    }

    static Stream<Arguments> codes() {
        return Stream.of(
                Arguments.of(new Int8(), "int8", 64),
                Arguments.of(new Int8(), "int8", 256),
                Arguments.of(new Int8(), "int8", 4096),
                Arguments.of(new Nf4(), "nf4", 64),
                Arguments.of(new Nf4(), "nf4", 256),
                Arguments.of(new Fp4(), "fp4", 64),
                Arguments.of(new Fp4(), "fp4", 256));
    }

    @ParameterizedTest(name = "{1} {2}")
    @MethodSource("codes")
    void everyBitIsThatOfBitsandbytes(Quantizer quantizer, String name, int block) throws IOException {
        String vectors = name + "." + block + ".";
        byte[] codes = bytes(vectors + "codes");
        float[] scales = floats(vectors + "scales");

        Coded coded = Coded.of(quantizer, Map.of("block", block), floats("values"));

        assertArrayEquals(scales, coded.scales(scales.length));
        assertArrayEquals(codes, coded.codes(codes.length));
        assertArrayEquals(withOneZero(floats(vectors + "decoded")), withOneZero(coded.decoded()));
    }

    @Test
    void theNativeLibraryChoosesTheSameCodesButForNumbersAtABorder() throws IOException {
        float[] values = floats("values");
        for (int block : new int[] {64, 256, 4096}) {
            byte[] library = bytes("int8." + block + ".native");
            Coded coded = Coded.of(new Int8(), Map.of("block", block), values);
            float[] scales = floats("int8." + block + ".scales");
            byte[] codes = coded.codes(values.length);
            Book book = DynamicMap.of(DynamicMap.Release.CURRENT).book();
            for (int i = 0; i < values.length; i++) {
                float scale = scales[i / block];
                if (library[i] != codes[i] && scale > 0) {
                    float number = values[i] / scale;
                    float ours = Math.abs(book.value(codes[i] & 0xff) - number);
                    float theirs = Math.abs(book.value(library[i] & 0xff) - number);
                    assertTrue(ours <= theirs + 1e-8f, "ours is the nearer one of element " + i);
                    assertTrue(theirs - ours < 0x1p-15, "element " + i + " lies at a border");
                }
            }
        }
    }

    @Test
    void theMapIsThatOfBitsandbytes() throws IOException {
        float[] map = floats("int8.map");
        for (int i = 0; i < map.length; i++) {
            assertEquals(
                    map[i], DynamicMap.of(DynamicMap.Release.CURRENT).book().value(i), "entry " + i);
        }
    }

    static Stream<Arguments> nibbles() {
        return Stream.of(Arguments.of(new Nf4(), "nf4"), Arguments.of(new Fp4(), "fp4"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("nibbles")
    void doublyQuantizedScalesAreThoseOfBitsandbytes(Quantizer quantizer, String name) throws IOException {
        byte[] codes = bytes(name + ".double.codes");
        byte[] scales = bytes(name + ".double.scales");

        Coded coded = Coded.of(quantizer, Map.of("doubleQuantization", true), floats("values"));

        assertEquals(
                floats(name + ".double.mean")[0], coded.header().getFloat(Integer.BYTES), "the mean of all scales");
        assertEquals(floats(name + ".double.nested")[0], coded.scales(1)[0]);
        byte[] found = new byte[scales.length];
        coded.bytes().get(Float.BYTES, found);
        assertArrayEquals(scales, found);
        assertArrayEquals(codes, coded.codes(codes.length));
        assertArrayEquals(withOneZero(floats(name + ".double.decoded")), withOneZero(coded.decoded()));
    }

    @Test
    void stochasticRoundingKeepsMeansAndDependsOnTheSeedAlone() {
        float[] values = new float[200_000];
        Arrays.fill(values, 0.3f);
        values[0] = 1;
        for (Quantizer quantizer : new Quantizer[] {new Int8(), new Nf4(), new Fp4()}) {
            Map<String, Object> options = Map.of("stochastic", true, "block", 4096);
            float[] decoded = Coded.of(quantizer, options, values).decoded();
            double sum = 0;
            // The first block alone has a scale other than the values themselves.
            for (int i = 1; i < 4096; i++) {
                sum += decoded[i];
            }
            assertEquals(0.3, sum / 4095, 0.005, quantizer.toString());
            assertArrayEquals(decoded, Coded.of(quantizer, options, values).decoded());
        }
    }

    @Test
    void refusesWhatIsNoNumberByTheTensorsName() {
        for (Quantizer quantizer : new Quantizer[] {new Int8(), new Nf4(), new Fp4()}) {
            for (float odd : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                Refusal refusal = assertThrows(Refusal.class, () -> Coded.of(quantizer, Map.of(), 1f, 2f, odd, 3f, 4f));
                assertTrue(refusal.getMessage().startsWith("tensor 'w' has a value that is "), refusal.getMessage());
            }
        }
    }

    @Test
    void refusesABlockThatIsNoPowerOfTwo() {
        Refusal refusal = assertThrows(Refusal.class, () -> new Int8().block(new TestJob(Map.of("block", 100))));

        assertEquals("the option block of 'int8' is 100; allowed: powers of two, such as 64", refusal.getMessage());
    }
}
