package io.weft.strategy.lora.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.hf.internal.HuggingFaceFormat;
import io.weft.lm.AdapterMerge;
import io.weft.lm.MergeRequest;
import io.weft.lm.Merged;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdapterMergeTest {

    private static final String CONFIG = "{\"architectures\": [\"LlamaForCausalLM\"]}";

    @TempDir
    Path folder;

    private Path base;
    private Path adapter;
    private Path out;

    @BeforeEach
    void makeBaseAndAdapter() throws Exception {
        Path made =
                Path.of(AdapterMergeTest.class.getResource("/folding/bfloat16").toURI());
        base = Files.createDirectory(folder.resolve("base"));
        Files.writeString(base.resolve("config.json"), CONFIG);
        Files.writeString(base.resolve("tokenizer.json"), "{}");
        Files.copy(made.resolve("base.safetensors"), base.resolve("model.safetensors"));
        adapter = Files.createDirectory(folder.resolve("adapter"));
        Files.copy(made.resolve("adapter_config.json"), adapter.resolve("adapter_config.json"));
        Files.copy(made.resolve("adapter_model.safetensors"), adapter.resolve("adapter_model.safetensors"));
        out = folder.resolve("models/merged");
    }

    @Test
    void writesACheckpointWithTheTypesAndFilesOfTheBase() throws Exception {
        Merged merged = merge();

        assertEquals(CONFIG, Files.readString(out.resolve("config.json")));
        assertEquals("{}", Files.readString(out.resolve("tokenizer.json")));
        try (TensorReader before = Safetensors.openCheckpoint(base.resolve("model.safetensors"));
                TensorReader after = Safetensors.openCheckpoint(out.resolve("model.safetensors"))) {
            assertEquals(before.manifest().tensors(), after.manifest().tensors());
            assertEquals(
                    new Merged(
                            before.manifest().tensors().size(),
                            6,
                            before.manifest().bytes()),
                    merged);
            for (TensorSpec tensor : before.manifest().tensors()) {
                if (!tensor.name().matches(".*(q_proj|v_proj|down_proj)\\.weight")) {
                    assertArrayEquals(bytes(before, tensor), bytes(after, tensor), tensor.name());
                }
            }
        }
    }

    /** As PEFT has it: a module that is saved whole is a copy, which a tie no longer reaches. */
    @ParameterizedTest
    @CsvSource({"lm_head, model.embed_tokens", "model.embed_tokens, lm_head"})
    void untiesTheOutputProjectionFromTheEmbeddings(String saved, String kept) throws Exception {
        Files.writeString(
                base.resolve("config.json"),
                "{\"architectures\": [\"LlamaForCausalLM\"], \"tie_word_embeddings\": true}");
        try (TensorReader before = Safetensors.openCheckpoint(base.resolve("model.safetensors"))) {
            TensorSpec embedding =
                    before.manifest().tensor("model.embed_tokens.weight").orElseThrow();
            float[] trained = new float[Math.toIntExact(embedding.elements())];
            Arrays.fill(trained, 0.5f);
            TensorSpec whole =
                    TensorSpec.of("base_model.model." + saved + ".weight", embedding.type(), embedding.shape());
            Files.delete(adapter.resolve("adapter_model.safetensors"));
            try (TensorWriter writer =
                    Safetensors.createCheckpoint(adapter.resolve("adapter_model.safetensors"), List.of(whole))) {
                writer.write(whole, 0, trained, trained.length);
                writer.commit();
            }

            Merged merged = merge();

            assertEquals(before.manifest().tensors().size() + 1, merged.tensors());
            String config = Files.readString(out.resolve("config.json"));
            assertTrue(config.contains("\"tie_word_embeddings\" : false"), config);
            assertTrue(config.contains("LlamaForCausalLM"), config);
            try (TensorReader after = Safetensors.openCheckpoint(out.resolve("model.safetensors"))) {
                TensorSpec changed = after.manifest().tensor(saved + ".weight").orElseThrow();
                float[] found = new float[trained.length];
                after.read(changed, 0, found, found.length);
                assertArrayEquals(trained, found);
                assertArrayEquals(
                        bytes(before, embedding),
                        bytes(after, after.manifest().tensor(kept + ".weight").orElseThrow()));
            }
        }
    }

    @Test
    void refusesAPlaceThatIsTaken() throws Exception {
        Files.createDirectories(out);
        Files.writeString(out.resolve("notes.txt"), "mine");
        assertRefused(out + ": exists");
        assertEquals("mine", Files.readString(out.resolve("notes.txt")));
    }

    @Test
    void refusesFoldersInTheWrongPlaces() {
        assertRefused("is an adapter; --model takes the base", new MergeRequest(adapter, adapter, out));
        assertRefused("is not an adapter: it has no adapter_config.json", new MergeRequest(base, base, out));
    }

    @Test
    void refusesAnAdapterWhoseOwnBaseIsAnother() throws Exception {
        Path own = Files.createDirectory(folder.resolve("own"));
        copy(base, own);
        nameBase(own);
        merge();

        Files.writeString(own.resolve("tokenizer.json"), "{\"another\": true}");
        out = folder.resolve("again");
        assertRefused(adapter + ": was made for the base " + own + " (digest ");
        assertFalse(Files.exists(out));
    }

    @Test
    void takesABaseThatWasMoved() throws Exception {
        nameBase(folder.resolve("moved/elsewhere"));
        merge();
        assertTrue(Files.exists(out.resolve("model.safetensors")));
    }

    @Test
    void leavesNothingWhenTheAdapterIsBroken() throws Exception {
        spoil(adapter.resolve("adapter_model.safetensors"));
        assertRefused("makes NaN of a weight in ");
        assertFalse(Files.exists(out));
        try (var left = Files.list(out.getParent())) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void leavesNothingWhenItIsInterrupted() throws Exception {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, this::merge);
        assertFalse(Thread.interrupted());
        try (var left = Files.list(folder)) {
            assertEquals(List.of(adapter, base), left.sorted().toList());
        }
    }

    private Merged merge() throws IOException, InterruptedException {
        return merge(new MergeRequest(base, adapter, out));
    }

    private static Merged merge(MergeRequest request) throws IOException, InterruptedException {
        return AdapterMerge.run(request, new HuggingFaceFormat(), List.of(new LoraStrategy()));
    }

    private void assertRefused(String message) {
        assertRefused(message, new MergeRequest(base, adapter, out));
    }

    private static void assertRefused(String message, MergeRequest request) {
        Refusal refusal = assertThrows(Refusal.class, () -> merge(request));
        assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
    }

    private void nameBase(Path path) throws IOException {
        Path config = adapter.resolve("adapter_config.json");
        String text = Files.readString(config);
        assertTrue(
                text.contains("\"base_model_name_or_path\": null")
                        || text.contains("\"base_model_name_or_path\": \"\""),
                text);
        Files.writeString(
                config,
                text.replaceFirst(
                        "\"base_model_name_or_path\": (null|\"\")", "\"base_model_name_or_path\": \"" + path + "\""));
    }

    private static void spoil(Path file) throws IOException {
        List<TensorSpec> tensors;
        try (TensorReader reader = Safetensors.openCheckpoint(file)) {
            tensors = reader.manifest().tensors();
        }
        try (TensorWriter writer = Safetensors.createCheckpoint(file, tensors)) {
            for (TensorSpec tensor : tensors) {
                float[] values = new float[(int) tensor.elements()];
                values[0] = tensor.name().contains("layers.1.self_attn.v_proj.lora_A") ? Float.NaN : 1;
                writer.write(tensor, 0, values, values.length);
            }
            writer.commit();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.newDirectoryStream(from)) {
            for (Path file : files) {
                Files.copy(file, to.resolve(file.getFileName().toString()));
            }
        }
    }

    private static byte[] bytes(TensorReader reader, TensorSpec tensor) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes());
        reader.readBytes(tensor, 0, bytes);
        return bytes.array();
    }
}
