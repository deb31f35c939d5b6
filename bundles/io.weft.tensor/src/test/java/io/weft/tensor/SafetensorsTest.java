package io.weft.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {

    @TempDir
    private Path folder;

    @Test
    void readsEveryTypeThatTheLibraryWrote() throws IOException {
        try (TensorReader reader = Safetensors.openCheckpoint(Golden.path("all-types.safetensors"))) {
            for (DType type : DType.values()) {
                assertTrue(
                        reader.manifest().tensors().stream().anyMatch(tensor -> tensor.type() == type),
                        type.toString());
            }
            assertArrayEquals(new float[] {-1.5f, -1.25f, -1, -0.75f}, floats(reader, "weights.bf16", 0, 4));
            assertArrayEquals(new float[] {0.25f, 0.5f, 0.75f}, floats(reader, "weights.f16", 7, 3));
            assertArrayEquals(new float[] {-2 / 3f, -1 / 3f, 0, 1 / 3f}, floats(reader, "weights.f64", 4, 4));
            assertArrayEquals(new float[] {2}, floats(reader, "weights.f32", 11, 1));
            assertArrayEquals(new float[] {0.5f}, floats(reader, "scalar", 0, 1));
            assertEquals(Shape.of(), tensor(reader, "scalar").shape());
            assertArrayEquals(new float[0], floats(reader, "empty", 0, 0));
            assertEquals(Shape.of(0, 7), tensor(reader, "empty").shape());
            assertEquals("all-types.safetensors", reader.manifest().layout());

            ByteBuffer mask = ByteBuffer.allocate(3);
            reader.readBytes(tensor(reader, "mask"), 8, mask);
            assertArrayEquals(new byte[] {1, 0, 1}, mask.array());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "all-types.safetensors",
                "no-tensors.safetensors",
                "halves.safetensors",
                "sharded-as-one.safetensors"
            })
    void writesTheBytesOfTheLibraryWhateverTheOrderAndThePieces(String name) throws IOException {
        Random random = new Random(7);
        Path copy = folder.resolve("copy/model.safetensors");
        try (TensorReader reader = Safetensors.openCheckpoint(Golden.path(name))) {
            List<TensorSpec> tensors = new ArrayList<>(reader.manifest().tensors());
            Collections.shuffle(tensors, random);
            try (TensorWriter writer = Safetensors.createCheckpoint(copy, tensors)) {
                for (TensorSpec tensor : tensors) {
                    copyInPieces(reader, tensor, writer, random);
                }
                assertFalse(Files.exists(copy));
                writer.commit();
            }
        }
        assertArrayEquals(Golden.bytes(name), Files.readAllBytes(copy));
        assertEquals(List.of("model.safetensors"), names(copy.getParent()));
    }

    @Test
    void valuesThatAreReadAsFloatsAreWrittenBackAsTheSameBytes() throws IOException {
        Path copy = folder.resolve("copy.safetensors");
        try (TensorReader reader = Safetensors.openCheckpoint(Golden.path("sharded-as-one.safetensors"));
                TensorWriter writer =
                        Safetensors.createCheckpoint(copy, reader.manifest().tensors())) {
            for (TensorSpec tensor : reader.manifest().tensors()) {
                int count = (int) tensor.elements();
                float[] values = new float[count];
                reader.read(tensor, 0, values, count);
                int half = count / 2;
                writer.write(tensor, half, Arrays.copyOfRange(values, half, count), count - half);
                writer.write(tensor, 0, values, half);
            }
            writer.commit();
        }
        assertArrayEquals(Golden.bytes("sharded-as-one.safetensors"), Files.readAllBytes(copy));
    }

    @Test
    void aTensorLargerThanAnyBufferGoesThroughWhole() throws IOException {
        int count = 300_001;
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i % 2048;
        }
        for (DType type : List.of(DType.F32, DType.F64, DType.F16, DType.BF16)) {
            TensorSpec tensor = TensorSpec.of("large", type, Shape.of(count));
            Path file = folder.resolve("large.safetensors");
            try (TensorWriter writer = Safetensors.create(file, List.of(tensor))) {
                writer.write(tensor, 0, values, count);
                writer.commit();
            }
            try (TensorReader reader = Safetensors.open(file)) {
                assertArrayEquals(
                        type == DType.BF16 ? roundedToBfloat16(values) : values, floats(reader, "large", 0, count));
                float[] piece = floats(reader, "large", 250_000, 10);
                assertArrayEquals(
                        Arrays.copyOfRange(type == DType.BF16 ? roundedToBfloat16(values) : values, 250_000, 250_010),
                        piece);
            }
        }
    }

    @Test
    void tensorsOfOtherSectionsKeepTheirSections() throws IOException {
        List<TensorSpec> tensors = List.of(
                TensorSpec.of("w", DType.F32, Shape.of(1)),
                new TensorSpec("base-delta", "w", DType.F32, Shape.of(1), Collections.emptySortedMap()),
                TensorSpec.of("looks-like:a-section", DType.F32, Shape.of(1)));
        Path file = folder.resolve("global.safetensors");
        try (TensorWriter writer = Safetensors.create(file, tensors)) {
            for (int i = 0; i < tensors.size(); i++) {
                writer.write(tensors.get(i), 0, new float[] {i}, 1);
            }
            writer.commit();
        }
        try (TensorReader reader = Safetensors.open(file)) {
            assertEquals(3, reader.manifest().tensors().size());
            for (int i = 0; i < tensors.size(); i++) {
                float[] value = new float[1];
                reader.read(tensors.get(i), 0, value, 1);
                assertEquals(i, value[0]);
            }
        }
        try (TensorReader reader = Safetensors.openCheckpoint(file)) {
            assertEquals(
                    List.of("base-delta:w", "model:looks-like:a-section", "w"),
                    reader.manifest().tensors().stream().map(TensorSpec::name).toList());
        }
    }

    @Test
    void aFileIsHeldAgainstWhatIsExpectedOfIt() throws IOException {
        TensorSpec a = TensorSpec.of("a", DType.F32, Shape.of(2)).with(Map.of(TensorSpec.ROLE, "lora_A"));
        TensorSpec b = TensorSpec.of("b", DType.F32, Shape.of(3));
        Path file = folder.resolve("update.safetensors");
        write(file, a, b);

        try (TensorReader reader = Safetensors.open(file, List.of(b.as(DType.BF16), a))) {
            assertEquals(List.of(b, a), reader.manifest().tensors(), "the file's types, the expected order and traits");
        }
        assertRefused(file + ": tensor 'b' does not belong in it", () -> Safetensors.open(file, List.of(a)));
        assertRefused(
                file + ": has no tensor 'c'",
                () -> Safetensors.open(file, List.of(a, b, TensorSpec.of("c", DType.F32, Shape.of()))));
        assertRefused(
                file + ": tensor 'b' has the shape [3]; expected is [4]",
                () -> Safetensors.open(file, List.of(a, TensorSpec.of("b", DType.F32, Shape.of(4)))));
    }

    @Test
    void knowsTheDigestsOfATensorsBytesWhenItIsCommitted() throws Exception {
        Path file = folder.resolve("digested.safetensors");
        List<TensorSpec> tensors = List.of(
                TensorSpec.of("large", DType.U8, Shape.of(1_000_003)), TensorSpec.of("empty", DType.F32, Shape.of(0)));
        byte[] content = new byte[1_000_003];
        new Random(1).nextBytes(content);
        try (DigestedWriter writer = Safetensors.createDigested(file, tensors)) {
            writer.writeBytes(tensors.get(0), 0, ByteBuffer.wrap(content));
            DigestedWriter.Contents contents = writer.commitDigested();
            List<byte[]> digests = contents.tensors();
            assertEquals(2, digests.size());
            byte[] whole = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            assertEquals(HexFormat.of().formatHex(whole), contents.file());
            assertArrayEquals(MessageDigest.getInstance("SHA-256").digest(content), digests.get(0));
            assertArrayEquals(MessageDigest.getInstance("SHA-256").digest(), digests.get(1));
        }
        try (TensorReader reader = Safetensors.open(file, tensors)) {
            ByteBuffer read = ByteBuffer.allocate(content.length);
            reader.readBytes(tensors.get(0), 0, read);
            assertArrayEquals(content, read.array());
        }
    }

    @Test
    void commitRefusesAPartialTensorAndCloseLeavesWhatWasThere() throws IOException {
        TensorSpec tensor = TensorSpec.of("w", DType.F32, Shape.of(4));
        Path file = folder.resolve("model.safetensors");
        Files.writeString(file, "something good");
        try (TensorWriter writer = Safetensors.create(file, List.of(tensor))) {
            writer.write(tensor, 0, new float[2], 2);
            writer.write(tensor, 3, new float[1], 1);
            IllegalStateException refused = assertThrows(IllegalStateException.class, writer::commit);
            assertEquals(file + ": tensor 'w' is not whole: 12 of 16 bytes were written", refused.getMessage());
        }
        assertEquals("something good", Files.readString(file));
        assertEquals(List.of("model.safetensors"), names(folder));
    }

    @Test
    void aWriterTakesEveryTensorThatItWasCreatedWithAndNoOther() throws IOException {
        TensorSpec tensor = TensorSpec.of("w", DType.I32, Shape.of(4));
        Path file = folder.resolve("model.safetensors");
        try (TensorWriter writer = Safetensors.create(file, List.of(tensor))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> writer.write(TensorSpec.of("v", DType.F32, Shape.of(4)), 0, new float[4], 4));
            assertThrows(IllegalArgumentException.class, () -> writer.write(tensor, 0, new float[4], 4));
            assertThrows(IndexOutOfBoundsException.class, () -> writer.writeBytes(tensor, 8, ByteBuffer.allocate(12)));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> writer.writeBytes(tensor.as(DType.I16), 0, ByteBuffer.allocate(2)));
        }
        assertThrows(IllegalArgumentException.class, () -> Safetensors.create(file, List.of(tensor, tensor)));
        assertThrows(
                IllegalArgumentException.class,
                () -> Safetensors.create(file, List.of(TensorSpec.of("__metadata__", DType.F32, Shape.of()))));
    }

    @Test
    void aReaderNamesWhatItDoesNotHave() throws IOException {
        TensorSpec tensor = TensorSpec.of("w", DType.I32, Shape.of(4));
        Path file = folder.resolve("model.safetensors");
        write(file, tensor);
        try (TensorReader reader = Safetensors.open(file)) {
            assertRefused(
                    file + ": has no tensor 'v'",
                    () -> reader.readBytes(TensorSpec.of("v", DType.F32, Shape.of()), 0, ByteBuffer.allocate(1)));
            assertThrows(IllegalArgumentException.class, () -> reader.read(tensor, 0, new float[4], 4));
            assertThrows(IndexOutOfBoundsException.class, () -> reader.readBytes(tensor, 13, ByteBuffer.allocate(4)));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> reader.readBytes(TensorSpec.of("w", DType.I32, Shape.of(2, 2)), 0, ByteBuffer.allocate(4)));
        }
        Path missing = folder.resolve("nothing.safetensors");
        assertRefused(missing + ": there is no such file", () -> Safetensors.open(missing));
        assertRefused(folder + ": is a folder; a safetensors file is expected here", () -> Safetensors.open(folder));
    }

    @Test
    void manyThreadsReadOneFileAtOnce() throws Exception {
        int count = 200_000;
        TensorSpec tensor = TensorSpec.of("w", DType.F32, Shape.of(count));
        Path file = folder.resolve("shared.safetensors");
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i;
        }
        try (TensorWriter writer = Safetensors.create(file, List.of(tensor))) {
            writer.write(tensor, 0, values, count);
            writer.commit();
        }
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (TensorReader reader = Safetensors.open(file)) {
            List<Callable<Boolean>> readers = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                int first = thread * 1000;
                readers.add(() -> {
                    for (int round = 0; round < 20; round++) {
                        float[] into = new float[150_000];
                        reader.read(tensor, first, into, into.length);
                        for (int i = 0; i < into.length; i++) {
                            if (into[i] != first + i) {
                                return false;
                            }
                        }
                    }
                    return true;
                });
            }
            for (Future<Boolean> right : threads.invokeAll(readers)) {
                assertTrue(right.get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void write(Path file, TensorSpec... tensors) throws IOException {
        try (TensorWriter writer = Safetensors.create(file, List.of(tensors))) {
            for (TensorSpec tensor : tensors) {
                writer.writeBytes(tensor, 0, ByteBuffer.allocate((int) tensor.bytes()));
            }
            writer.commit();
        }
    }

    private static void copyInPieces(TensorReader reader, TensorSpec tensor, TensorWriter writer, Random random)
            throws IOException {
        Map<Integer, Integer> pieces = new TreeMap<>();
        for (int begin = 0; begin < tensor.bytes(); ) {
            int length = 1 + random.nextInt((int) tensor.bytes() - begin);
            pieces.put(begin, length);
            begin += length;
        }
        List<Integer> begins = new ArrayList<>(pieces.keySet());
        Collections.shuffle(begins, random);
        for (int begin : begins) {
            ByteBuffer piece = random.nextBoolean()
                    ? ByteBuffer.allocate(pieces.get(begin))
                    : ByteBuffer.allocateDirect(pieces.get(begin));
            reader.readBytes(tensor, begin, piece);
            writer.writeBytes(tensor, begin, piece.flip());
        }
    }

    private static float[] floats(TensorReader reader, String name, long first, int count) throws IOException {
        float[] values = new float[count];
        reader.read(tensor(reader, name), first, values, count);
        return values;
    }

    private static TensorSpec tensor(TensorReader reader, String name) {
        return reader.manifest().tensor(name).orElseThrow();
    }

    private static float[] roundedToBfloat16(float[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = Halves.fromBfloat16(Halves.toBfloat16(values[i]));
        }
        return rounded;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static void assertRefused(String message, Executable work) {
        assertEquals(message, assertThrows(Refusal.class, work).getMessage());
        assertFalse(message.contains("\n"));
    }
}
