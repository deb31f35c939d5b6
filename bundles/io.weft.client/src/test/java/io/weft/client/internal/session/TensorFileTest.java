package io.weft.client.internal.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.tensor.TensorReader;
import io.weft.client.ElementType;
import io.weft.client.FLModel;
import io.weft.client.Tensor;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorFileTest {

    /** Made by the safetensors library; make.py beside it says of what. */
    private static final Path EVERY_TYPE = Path.of(
            System.getProperty("basedir", "."), "../io.weft.tensor/src/test/resources/golden/all-types.safetensors");

    @TempDir
    Path folder;

    @Test
    void readsTheNumbersOfEveryType() throws IOException {
        Map<String, Tensor> tensors = TensorFile.open(EVERY_TYPE);
        double[] steps = {-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5};

        assertEquals("F64 [2, 6]", tensors.get("weights.f64").toString());
        assertArrayEquals(times(1 / 3.0, steps), tensors.get("weights.f64").doubles(), 1e-15);
        assertArrayEquals(times(0.25, steps), tensors.get("weights.f16").doubles());
        assertArrayEquals(times(0.25, steps), tensors.get("weights.bf16").doubles());
        assertArrayEquals(times(0x1p40, steps), tensors.get("count.i64").doubles());
        assertArrayEquals(times(0x1p20, steps), tensors.get("count.i32").doubles());
        assertArrayEquals(times(100, steps), tensors.get("count.i16").doubles());
        assertArrayEquals(steps, tensors.get("count.i8").doubles());
        assertArrayEquals(
                new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
                tensors.get("count.u8").floats());
        assertArrayEquals(
                new float[] {1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0},
                tensors.get("mask").floats());
        assertArrayEquals(new float[] {0.5f}, tensors.get("scalar").floats());
        assertEquals(0, tensors.get("scalar").shape().length);
        assertEquals(0, tensors.get("empty").floats().length);
        assertArrayEquals(new float[] {1, 1}, tensors.get("Größe.é").floats());
    }

    private static double[] times(double factor, double[] values) {
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = factor * values[i];
        }
        return result;
    }

    @Test
    void readsSomeOfTheNumbers() throws IOException {
        float[] some = new float[3];
        TensorFile.open(EVERY_TYPE).get("count.i8").read(4, some, 3);

        assertArrayEquals(new float[] {-2, -1, 0}, some);
    }

    @Test
    void eightBitFloatsAreBytes() throws IOException {
        Tensor codes = TensorFile.open(EVERY_TYPE).get("codes.e4m3");

        assertEquals(12, codes.bytes().remaining());
        assertTrue(assertThrows(IllegalStateException.class, codes::floats)
                .getMessage()
                .startsWith("F8_E4M3"));
    }

    @Test
    void writesWhatOthersRead() throws IOException {
        Path copy = folder.resolve("copy.safetensors");
        FLModel.load(EVERY_TYPE).save(copy);

        try (TensorReader expected = Safetensors.openCheckpoint(EVERY_TYPE);
                TensorReader found = Safetensors.openCheckpoint(copy)) {
            assertEquals(new TreeSet<>(names(expected)), new TreeSet<>(names(found)));
            for (String name : names(expected)) {
                assertEquals(bytes(expected, name), bytes(found, name), name);
            }
        }
        assertArrayEquals(new String[] {"copy.safetensors"}, folder.toFile().list());
    }

    private static List<String> names(TensorReader reader) {
        return reader.manifest().tensors().stream().map(tensor -> tensor.name()).toList();
    }

    private static ByteBuffer bytes(TensorReader reader, String name) throws IOException {
        var tensor = reader.manifest().tensor(name).orElseThrow();
        ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes());
        reader.readBytes(tensor, 0, bytes);
        return bytes.flip();
    }

    @Test
    void whatIsWrittenIntoAReceivedTensorStaysThere() throws IOException {
        Path file = folder.resolve("lent.safetensors");
        FLModel.of(Map.of("w", Tensor.of(new float[] {1, 2}))).save(file);
        Tensor lent = TensorFile.open(file).get("w");

        lent.bytes().putFloat(0, 7);

        assertArrayEquals(new float[] {7, 2}, lent.floats());
        assertArrayEquals(new float[] {1, 2}, TensorFile.open(file).get("w").floats());
    }

    @Test
    void aTensorMayComeInPieces() throws IOException {
        ByteBuffer first = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(1)
                .putFloat(2)
                .flip();
        ByteBuffer second = ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(3)
                .flip();
        Tensor tensor = Tensor.of(ElementType.F32, List.of(first, second), 3);
        Path file = folder.resolve("pieces.safetensors");
        FLModel.of(Map.of("w", tensor)).save(file);

        float[] some = new float[2];
        tensor.read(1, some, 2);

        assertArrayEquals(new float[] {2, 3}, some);
        assertArrayEquals(new float[] {1, 2, 3}, TensorFile.open(file).get("w").floats());
    }

    @Test
    void refusesWhatIsNoSafetensorsFile() throws IOException {
        Path file = folder.resolve("text.safetensors");
        Files.writeString(file, "this is not a file of tensors");

        assertEquals(
                file + " is no safetensors file",
                assertThrows(IOException.class, () -> TensorFile.open(file)).getMessage());
    }

    @Test
    void refusesAShapeThatTheValuesDoNotFill() {
        assertEquals(
                "F32 [2, 2] takes 16 bytes, not 12",
                assertThrows(IllegalArgumentException.class, () -> Tensor.of(new float[3], 2, 2))
                        .getMessage());
    }
}
