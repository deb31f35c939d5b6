package io.weft.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.tensor.internal.ShardedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardedSafetensorsTest {

    private static final String SECOND_SHARD = "model-00002-of-00006.safetensors";

    @TempDir
    private Path folder;

    private Path index;

    @BeforeEach
    void copyTheCheckpoint() throws IOException {
        try (Stream<Path> files = Files.list(Golden.path("sharded"))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        index = folder.resolve(ShardedSafetensors.INDEX);
    }

    /** The order of the model's own state, in which Transformers filled the shards of the golden checkpoint. */
    private static List<TensorSpec> inModelOrder(List<TensorSpec> tensors) {
        List<String> parts = List.of(
                "embed_tokens",
                "q_proj",
                "k_proj",
                "v_proj",
                "o_proj",
                "gate_proj",
                "up_proj",
                "down_proj",
                "input_layernorm",
                "post_attention_layernorm",
                "model.norm",
                "lm_head");
        return tensors.stream()
                .sorted(Comparator.comparingInt((TensorSpec tensor) -> layer(tensor.name()))
                        .thenComparingInt(tensor -> IntStream.range(0, parts.size())
                                .filter(part -> tensor.name().contains(parts.get(part)))
                                .findFirst()
                                .orElseThrow()))
                .toList();
    }

    private static int layer(String name) {
        if (name.startsWith("model.layers.")) {
            return Integer.parseInt(name.replaceAll("^model\\.layers\\.(\\d+)\\..*$", "$1"));
        }
        return name.equals("model.embed_tokens.weight") ? -1 : Integer.MAX_VALUE;
    }

    @ParameterizedTest
    @ValueSource(longs = {2000, 9375})
    void writesTheFilesOfTransformers(long shardBytes) throws IOException {
        boolean asGolden = shardBytes == 2000;
        Path copy = folder.resolve("copy");
        try (TensorReader reader = ShardedSafetensors.open(folder)) {
            List<TensorSpec> tensors = inModelOrder(reader.manifest().tensors());
            try (TensorWriter writer = ShardedWriter.create(copy.resolve("model.safetensors"), tensors, shardBytes)) {
                for (TensorSpec tensor : tensors) {
                    float[] values = new float[(int) tensor.elements()];
                    reader.read(tensor, 0, values, values.length);
                    writer.write(tensor, 0, values, values.length);
                }
                try (Stream<Path> files = Files.list(copy)) {
                    assertTrue(
                            files.allMatch(file -> file.getFileName().toString().startsWith(".")));
                }
                writer.commit();
            }
        }
        try (TensorReader reader = ShardedSafetensors.open(copy);
                TensorReader golden = ShardedSafetensors.open(folder)) {
            assertEquals(sorted(golden), sorted(reader));
        }
        try (Stream<Path> files = Files.list(copy)) {
            List<Path> written = files.toList();
            assertEquals(asGolden ? 7 : 3, written.size(), written::toString);
            for (Path file : written) {
                if (asGolden) {
                    assertEquals(-1, Files.mismatch(folder.resolve(file.getFileName()), file), file::toString);
                }
            }
        }
    }

    @Test
    void isOneFileWhenItFits() throws IOException {
        Path copy = folder.resolve("copy/model.safetensors");
        TensorSpec tensor = TensorSpec.of("w", DType.F32, Shape.of(2));
        try (TensorWriter writer = ShardedSafetensors.create(copy, List.of(tensor))) {
            writer.write(tensor, 0, new float[] {1, 2}, 2);
            writer.commit();
        }
        try (TensorReader reader = Safetensors.openCheckpoint(copy)) {
            assertEquals(List.of(tensor), reader.manifest().tensors());
        }
    }

    @Test
    void readsTheSameTensorsAsFromOneFile() throws IOException {
        try (TensorReader shards = ShardedSafetensors.open(folder);
                TensorReader one = Safetensors.openCheckpoint(Golden.path("sharded-as-one.safetensors"))) {
            assertEquals(sorted(one), sorted(shards));
            assertEquals("model.safetensors", shards.manifest().layout());
            assertEquals(Optional.empty(), shards.file());
            for (TensorSpec tensor : sorted(one)) {
                int count = (int) tensor.elements();
                float[] expected = new float[count];
                float[] found = new float[count];
                one.read(tensor, 0, expected, count);
                shards.read(tensor, 0, found, count);
                assertArrayEquals(expected, found);
                ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes());
                shards.readBytes(tensor, 0, bytes);
                assertEquals(0, bytes.remaining());
            }
        }
    }

    @Test
    void aMissingShardIsNamedWithATensorOfIt() throws IOException {
        Files.delete(folder.resolve(SECOND_SHARD));
        assertRefused(
                "the shard '" + SECOND_SHARD + "' with tensor 'model.layers.0.self_attn.k_proj.weight' is missing");
    }

    @Test
    void aTensorThatItsShardLacksIsNamed() throws IOException {
        replaceInIndex("\"lm_head.weight\": \"model-00006-of-00006", "\"lm_head.weight\": \"model-00001-of-00006");
        String said = assertThrows(
                        Refusal.class, () -> ShardedSafetensors.open(folder).close())
                .getMessage();
        assertTrue(
                said.startsWith(folder.resolve("model-00001-of-00006.safetensors")
                        + ": tensor 'lm_head.weight' is missing, which model.safetensors.index.json places there"),
                said);
    }

    @Test
    void aShardLiesBesideItsIndex() throws IOException {
        replaceInIndex(SECOND_SHARD, "../" + SECOND_SHARD);
        assertRefused("in '../" + SECOND_SHARD + "'; allowed are names of files beside the index");
        replaceInIndex("../" + SECOND_SHARD, "/etc/passwd");
        assertRefused("in '/etc/passwd'; allowed are names of files beside the index");
        replaceInIndex("/etc/passwd", "");
        assertRefused("in ''; allowed are names of files beside the index");
    }

    @Test
    void aDamagedShardIsNamed() throws IOException {
        Path shard = folder.resolve(SECOND_SHARD);
        Files.write(shard, Arrays.copyOf(Files.readAllBytes(shard), 600));
        String said = assertThrows(
                        Refusal.class, () -> ShardedSafetensors.open(folder).close())
                .getMessage();
        assertTrue(said.startsWith(shard + ": its tensors need 1536 bytes of data"), said);
    }

    @Test
    void aBrokenIndexIsNamed() throws IOException {
        Files.writeString(index, "{\"weight_map\": {\"a\": \"b\", \"a\": \"c\"}}");
        assertRefused("is not valid JSON: it has the key 'a' twice");
        Files.writeString(index, "{\n\"weight_map\": {\n");
        assertRefused("is not valid JSON: it ends in the middle");
        Files.writeString(index, "{\"metadata\": {\"total_size\": 1}}");
        assertRefused("has no weight_map, so it names no tensors");
        Files.writeString(index, "{\"weight_map\": [1]}");
        assertRefused("its weight_map is not an object");
        Files.writeString(index, "{\"weight_map\": {\"a\": 1}}");
        assertRefused("its weight_map gives tensor 'a' no file name");
        Files.writeString(index, "[]");
        assertRefused("is not a JSON object");
        Files.write(index, new byte[] {'{', '"', (byte) 0xff});
        assertRefused("is not UTF-8 text");
        Files.delete(index);
        assertRefused("there is no such file");
    }

    private void replaceInIndex(String what, String by) throws IOException {
        Files.writeString(index, Files.readString(index).replace(what, by));
    }

    private void assertRefused(String message) {
        String said = assertThrows(
                        Refusal.class, () -> ShardedSafetensors.open(folder).close())
                .getMessage();
        assertTrue(
                said.startsWith(index.toString())
                        && said.contains(message)
                        && said.lines().count() == 1,
                said);
    }

    private static List<TensorSpec> sorted(TensorReader reader) {
        return reader.manifest().tensors().stream()
                .sorted(Comparator.comparing(TensorSpec::name))
                .toList();
    }
}
