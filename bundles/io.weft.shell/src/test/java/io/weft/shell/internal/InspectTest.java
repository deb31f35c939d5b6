package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.CheckpointFormat;
import io.weft.tensor.Digests;
import io.weft.tensor.Safetensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectTest {

    @TempDir
    Path folder;

    private final FakePlugins plugins = new FakePlugins(CheckpointFormat.class, Map.of("folders", new FolderFormat()));

    @BeforeEach
    void holdTensors() throws IOException {
        List<TensorSpec> tensors = List.of(
                TensorSpec.of("model.embed_tokens.weight", DType.BF16, Shape.of(6, 4)),
                TensorSpec.of("model.layers.0.norm.weight", DType.F32, Shape.of(4)),
                TensorSpec.of("model.layers.1.norm.weight", DType.F32, Shape.of(4)));
        try (TensorWriter writer = Safetensors.createCheckpoint(weights(), tensors)) {
            for (TensorSpec tensor : tensors) {
                writer.write(tensor, 0, new float[(int) tensor.elements()], (int) tensor.elements());
            }
            writer.commit();
        }
    }

    @AfterEach
    void everyLeaseIsClosed() {
        assertEquals(0, plugins.open());
    }

    @Test
    void aCheckpointIsSummedUp() throws Exception {
        write("config.json", """
                {"architectures": ["LlamaForCausalLM"], "num_hidden_layers": 2, "hidden_size": 4, "num_attention_heads": 2,
                 "num_key_value_heads": 1, "vocab_size": 6, "tie_word_embeddings": true}""");
        write("tokenizer.json", """
                {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}}, "added_tokens": [{"content": "b"}, {"content": "</s>"}]}""");
        write("tokenizer_config.json", """
                {"eos_token": {"content": "</s>"}, "chat_template": "{{ messages }}"}""");

        assertEquals(
                List.of(
                        "checkpoint  " + folder,
                        "model       LlamaForCausalLM: 2 layers, hidden 4, 2 heads (1 of keys and values), vocabulary 6, tied embeddings",
                        "tokenizer   BPE: 3 tokens, end of sequence </s>, with a chat template",
                        "tensors     3 with 32 parameters in BF16 and F32, 80 B",
                        "",
                        "tensor                        dtype  shape       bytes",
                        "model.layers.0-1.norm.weight  F32    [4]     ×2   32 B",
                        "model.embed_tokens.weight     BF16   [6, 4]       48 B"),
                inspect(folder.toString()).lines().toList());
    }

    @Test
    void otherFamiliesHaveOtherWordsForTheSame() throws Exception {
        write("config.json", """
                {"model_type": "gpt2", "n_layer": 12, "n_embd": 768, "n_head": 12, "n_positions": 1024}""");
        assertTrue(inspect(folder.toString()).contains("gpt2: 12 layers, hidden 768, 12 heads, 1024 positions\n"));
    }

    @Test
    void anAdapterIsSummedUp() throws Exception {
        write("adapter_config.json", """
                {"peft_type": "LORA", "r": 8, "lora_alpha": 16, "target_modules": ["v_proj", "q_proj"],
                 "base_model_name_or_path": "models/base"}""");
        String shown = inspect(folder.toString());
        assertTrue(shown.startsWith("adapter  " + folder + "\n"), shown);
        assertTrue(shown.contains("method   LORA: rank 8, alpha 16, on q_proj v_proj, for models/base\n"), shown);
    }

    @Test
    void jsonHoldsEverythingOnALine() throws Exception {
        write("config.json", "{\"architectures\": [\"LlamaForCausalLM\"], \"rope\": {\"theta\": 10000.0}}");
        String shown = inspect(folder.toString(), "--json");
        assertEquals(1, shown.lines().count());
        JsonNode object = new ObjectMapper().readTree(shown);
        assertEquals("checkpoint", object.path("kind").asText());
        assertEquals(32, object.path("parameters").asLong());
        assertEquals(80, object.path("bytes").asLong());
        assertEquals(10000.0, object.path("config").path("rope").path("theta").asDouble());
        assertEquals(3, object.path("tensors").size());
        assertEquals(
                new ObjectMapper()
                        .readTree(
                                "{\"name\":\"model.embed_tokens.weight\",\"dtype\":\"BF16\",\"shape\":[6,4],\"bytes\":48}"),
                object.path("tensors").path(2));
    }

    @Test
    void aSafetensorsFileNeedsNoFormat() throws Exception {
        assertTrue(
                inspect(weights().toString()).startsWith("file     " + weights() + "\ntensors  3 with 32 parameters"));
    }

    @Test
    void theDigestIsThatOfTheBase() throws Exception {
        write("config.json", "{}");
        assertTrue(inspect(folder.toString(), "--digest").contains("digest      " + Digests.base(folder) + "\n"));
    }

    @Test
    void whatCannotBeShownIsRefused() throws Exception {
        assertRefused("there is no nowhere; give the folder", "nowhere");
        assertRefused(
                "--digest is of a checkpoint, so it takes the checkpoint's folder",
                weights().toString(),
                "--digest");
        Path text = Files.writeString(folder.resolve("notes.txt"), "not tensors at all");
        assertRefused("notes.txt", text.toString());
        Path other = Files.createDirectory(folder.resolve("other"));
        assertRefused("is no checkpoint that can be read here; there are formats for: folders", other.toString());
        Path result = Files.createDirectory(other.resolve("result"));
        Files.writeString(result.resolve("model.safetensors"), "");
        assertRefused(other + " is the folder of a run, not of a model; give " + result, other.toString());
        write("config.json", "{}");
        write("tokenizer.json", "{\"model\": ");
        assertRefused("tokenizer.json:1: is not valid JSON: it ends in the middle", folder.toString());
    }

    private void assertRefused(String message, String... words) {
        Refusal refusal = assertThrows(Refusal.class, () -> inspect(words));
        assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
    }

    private String inspect(String... words) throws IOException, InterruptedException {
        var out = new ByteArrayOutputStream();
        var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        assertEquals(0, new Inspect(plugins).run(List.of(words), Screen.plain(stream, stream)));
        return out.toString(StandardCharsets.UTF_8);
    }

    private Path weights() {
        return folder.resolve("model.safetensors");
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
    }
}
