package io.weft.hf.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceFormatTest {

    private final HuggingFaceFormat format = new HuggingFaceFormat();

    @TempDir
    private Path folder;

    @Test
    void opensACheckpointThatTransformersSaved() throws IOException {
        try (TensorReader reader = format.open(made("checkpoint"))) {
            Manifest manifest = reader.manifest();
            assertEquals("model.safetensors", manifest.layout());
            assertEquals(
                    List.of("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"),
                    manifest.companions().stream().map(Companion::path).toList());
            assertTrue(manifest.companion("config.json").orElseThrow().text().contains("LlamaForCausalLM"));
            assertEquals(11, manifest.tensors().size());
            TensorSpec keys =
                    manifest.tensor("model.layers.0.self_attn.k_proj.weight").orElseThrow();
            assertEquals(TensorSpec.of(keys.name(), DType.BF16, Shape.of(4, 8)), keys);
            float[] norm = new float[8];
            reader.read(manifest.tensor("model.norm.weight").orElseThrow(), 0, norm, 8);
            assertArrayEquals(new float[] {1, 1, 1, 1, 1, 1, 1, 1}, norm);
            assertEquals(
                    made("checkpoint").resolve("model.safetensors"),
                    reader.file().orElseThrow());
        }
    }

    @Test
    void opensAnAdapterThatPeftSaved() throws IOException {
        try (TensorReader reader = format.open(made("adapter"))) {
            assertEquals("adapter_model.safetensors", reader.manifest().layout());
            assertEquals(
                    List.of("adapter_config.json"),
                    reader.manifest().companions().stream().map(Companion::path).toList());
            assertEquals(
                    List.of(
                            "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight [2, 16]",
                            "base_model.model.model.layers.0.mlp.down_proj.lora_B.weight [8, 2]",
                            "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight [2, 8]",
                            "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight [8, 2]"),
                    reader.manifest().tensors().stream()
                            .map(tensor -> tensor.name() + " " + tensor.shape())
                            .toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"checkpoint", "adapter"})
    void aFolderThatIsReadAndWrittenHasTheSameFilesAndBytes(String name) throws IOException {
        Path copy = folder.resolve("deep/er/copy");
        try (TensorReader reader = format.open(made(name));
                TensorWriter writer = format.create(copy, reader.manifest())) {
            for (TensorSpec tensor : reader.manifest().tensors()) {
                ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes());
                reader.readBytes(tensor, 0, bytes);
                writer.writeBytes(tensor, 0, bytes.flip());
            }
            assertFalse(Files.exists(copy));
            writer.commit();
        }
        assertEquals(names(made(name)), names(copy));
        for (String file : names(copy)) {
            assertArrayEquals(
                    Files.readAllBytes(made(name).resolve(file)), Files.readAllBytes(copy.resolve(file)), file);
        }
        assertEquals(List.of("copy"), names(copy.getParent()));
    }

    @Test
    void anUnfinishedFolderLeavesNothing() throws IOException {
        TensorSpec tensor = TensorSpec.of("w", DType.F32, Shape.of(2));
        Manifest manifest = new Manifest("model.safetensors", List.of(tensor), List.of(companion("config.json")), "");
        try (TensorWriter writer = format.create(folder.resolve("result"), manifest)) {
            writer.write(tensor, 0, new float[1], 1);
            assertThrows(IllegalStateException.class, writer::commit);
        }
        assertEquals(List.of(), names(folder));
    }

    @Test
    void whatIsThereIsNeverReplaced() throws IOException {
        Path taken = Files.createDirectory(folder.resolve("taken"));
        Manifest manifest = new Manifest("model.safetensors", List.of(), List.of(), "");
        try (TensorWriter writer = format.create(taken, manifest)) {
            writer.commit();
        }
        assertEquals(List.of("model.safetensors"), names(taken));
        assertEquals(
                taken + ": exists and is not an empty folder; choose another place or move it away",
                assertThrows(Refusal.class, () -> format.create(taken, manifest))
                        .getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"../outside.json", "/outside.json", "", "a/../../outside.json"})
    void aManifestCannotNameAPlaceOutsideTheFolder(String name) throws IOException {
        Path result = folder.resolve("result");
        assertEquals(
                "the file name '%s' leads out of the model's folder".formatted(name),
                assertThrows(
                                Refusal.class,
                                () -> format.create(
                                        result,
                                        new Manifest("model.safetensors", List.of(), List.of(companion(name)), "")))
                        .getMessage());
        assertThrows(Refusal.class, () -> format.create(result, new Manifest(name, List.of(), List.of(), "")));
        assertEquals(List.of(), names(folder));
    }

    @Test
    void recognisesFoldersByTheNamesInThem() throws IOException {
        assertTrue(format.recognises(made("checkpoint")));
        assertTrue(format.recognises(made("adapter")));
        assertFalse(format.recognises(folder));
        assertFalse(format.recognises(folder.resolve("nowhere")));
        assertFalse(format.recognises(made("checkpoint").resolve("model.safetensors")));
        Files.createFile(folder.resolve("pytorch_model.bin"));
        assertTrue(format.recognises(folder), "so that it can be said what to do with it");
    }

    @Test
    void namesTheResultOfARun() throws IOException {
        write("summary.json", "{}");
        Path result = Files.createDirectory(folder.resolve("result"));
        assertRefused(folder, "; found: result, summary.json");
        Files.writeString(result.resolve("adapter_config.json"), "{}");
        assertRefused(folder, "; it is the folder of a run: give " + result);
    }

    @Test
    void saysWhatAFolderLacks() throws IOException {
        assertRefused(folder.resolve("nowhere"), "nowhere: there is no such folder");
        assertRefused(
                folder,
                ": has neither config.json nor adapter_config.json, so it is neither a checkpoint nor an adapter; the folder is empty");
        write("notes.txt", "");
        assertRefused(
                folder,
                ": has neither config.json nor adapter_config.json, so it is neither a checkpoint nor an adapter; found: notes.txt");
        assertRefused(
                folder.resolve("notes.txt"),
                "notes.txt: is a file; give the folder with config.json or adapter_config.json");
        write("config.json", "{}");
        assertRefused(folder, ": has no model.safetensors; found: config.json, notes.txt");
        write("model-00001-of-00002.safetensors", "");
        assertRefused(
                folder, ": has shards of a model but no model.safetensors.index.json, which says what lies where");
        write("model.safetensors.index.json", "{\"weight_map\": {\"w\": \"model-00002-of-00002.safetensors\"}}");
        assertRefused(folder, "the shard 'model-00002-of-00002.safetensors' with tensor 'w' is missing");
    }

    @Test
    void saysHowPickledWeightsAreConverted() throws IOException {
        write("config.json", "{}");
        write("pytorch_model.bin", "");
        assertRefused(
                folder,
                "convert them with Transformers: AutoModelForCausalLM.from_pretrained('%s').save_pretrained('%<s-safetensors')"
                        .formatted(folder));
        Path adapter = Files.createDirectory(folder.resolve("adapter"));
        Files.writeString(adapter.resolve("adapter_config.json"), "{}");
        Files.createFile(adapter.resolve("adapter_model.bin"));
        assertRefused(
                adapter,
                "convert it with PEFT: PeftModel.from_pretrained(base, '%s').save_pretrained('%<s-safetensors')"
                        .formatted(adapter));
    }

    @Test
    void saysWhatIsWrongWithWhatIsThere() throws IOException {
        write("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
        write("config.json", "{}");
        assertRefused(
                folder, "model.safetensors: is a Git LFS pointer, not the weights; run 'git lfs pull' in that folder");
        write("config.json", "{\n\"hidden_size\": ,\n}");
        assertRefused(folder, "config.json:2: is not valid JSON at column 16; copy it anew from where the model came");
        write("config.json", "[]");
        assertRefused(folder, "config.json: is not a JSON object");
        write("adapter_model.safetensors", "");
        assertRefused(
                folder, ": holds a model and an adapter (adapter_model.safetensors); move the adapter's two files");
        Files.delete(folder.resolve("model.safetensors"));
        assertRefused(folder, ": has adapter_model.safetensors but no adapter_config.json");
        write("adapter_config.json", "{}");
        assertRefused(folder, "adapter_model.safetensors: has 0 bytes, too few for a safetensors file");
    }

    private void assertRefused(Path path, String message) {
        String said =
                assertThrows(Refusal.class, () -> format.open(path).close()).getMessage();
        assertTrue(
                said.startsWith(folder.toString())
                        && said.contains(message)
                        && said.lines().count() == 1,
                said);
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
    }

    private static Companion companion(String path) {
        return new Companion(path, "{}".getBytes(StandardCharsets.UTF_8));
    }

    private static Path made(String name) {
        try {
            return Path.of(Objects.requireNonNull(HuggingFaceFormatTest.class.getResource("/tiny/" + name))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
