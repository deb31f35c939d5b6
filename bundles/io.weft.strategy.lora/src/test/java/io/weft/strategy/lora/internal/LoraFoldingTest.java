package io.weft.strategy.lora.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.lm.tuning.Folding;
import io.weft.lm.tuning.RowFold;
import io.weft.tensor.Described;
import io.weft.tensor.Halves;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Held against what PEFT's merge_and_unload made of the same base and adapter, see make.py. */
class LoraFoldingTest {

    /** In fp32 PEFT rounds its products, Weft its sums. */
    private static final float ROUNDING = 1e-6f;

    @ParameterizedTest
    @ValueSource(strings = {"linear", "patterns", "rslora", "transposed", "embedding", "adapter-bias", "trained-bias"})
    void givesWhatPeftGives(String name) throws IOException {
        forEachWeight(name, (weight, folded, expected) -> {
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], folded[i], ROUNDING, weight + " at " + i);
            }
        });
    }

    /** Two roundings to 8 bits that start from sums which differ in their last bits differ by one step at most, and rarely. */
    @Test
    void givesTheSameBfloat16s() throws IOException {
        List<String> differing = new ArrayList<>();
        forEachWeight("bfloat16", (weight, folded, expected) -> {
            for (int i = 0; i < expected.length; i++) {
                int steps = Math.abs(Halves.toBfloat16(folded[i]) - Halves.toBfloat16(expected[i]));
                assertTrue(steps <= 1, weight + " at " + i);
                if (steps == 1) {
                    differing.add(weight + " at " + i);
                }
            }
        });
        assertTrue(differing.size() <= 1, differing::toString);
    }

    /** Whatever the size of the pieces in which a weight is read. */
    @ParameterizedTest
    @ValueSource(strings = {"linear", "transposed", "embedding", "trained-bias"})
    void rowsCanComeOneByOne(String name) throws IOException {
        try (TensorReader base = base(name);
                TensorReader adapter = adapter(name)) {
            Folding folding = new LoraStrategy().folding(base.manifest(), adapter);
            for (String weight : folding.weights()) {
                TensorSpec tensor = base.manifest().tensor(weight).orElseThrow();
                float[] whole = read(base, tensor);
                int rows = (int) tensor.shape().dimension(0);
                folding.open(weight).fold(0, whole, rows);
                RowFold fold = folding.open(weight);
                int width = whole.length / rows;
                for (int row = 0; row < rows; row++) {
                    float[] one = new float[width];
                    base.read(tensor, (long) row * width, one, width);
                    fold.fold(row, one, 1);
                    for (int i = 0; i < width; i++) {
                        assertEquals(whole[row * width + i], one[i], weight);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"use_dora\": false | \"use_dora\": true | use_dora is true, which Weft does not compute; merge the adapter with PEFT",
                "\"init_lora_weights\": true | \"init_lora_weights\": \"pissa\" | init_lora_weights \"pissa\" changes the base",
                "\"r\": 4 | \"r\": 3 | tensors of rank 4 for model.layers.0.mlp.down_proj, where adapter_config.json has r 3",
                "\"r\": 4 | \"r\": 0 | r must be a whole number above 0",
                "\"alpha_pattern\": {} | \"alpha_pattern\": {\"(\": 1} | alpha_pattern has '(', which is not a regular expression",
                "\"alpha_pattern\": {} | \"alpha_pattern\": {\".*\": \"x\"} | alpha_pattern gives model.layers.0.mlp.down_proj the alpha \"x\"",
            })
    void refusesWhatItDoesNotKnow(String found, String instead, String message) throws IOException {
        try (TensorReader base = base("linear");
                TensorReader adapter =
                        adapter("linear", config -> config.replace(found, instead), tensors -> tensors)) {
            assertRefused(message, base.manifest(), adapter);
        }
    }

    @Test
    void refusesAnAdapterForAnotherBase() throws IOException {
        try (TensorReader adapter = adapter("linear");
                TensorReader gpt2 = base("transposed");
                TensorReader base = base("linear")) {
            assertRefused("which the base does not have; give the base that it was made for", gpt2.manifest(), adapter);
            assertRefused(
                    "has the shape [4, 8] where this base and adapter_config.json make it [4, 9]",
                    widened(base.manifest(), "q_proj.weight", Shape.of(8, 9), DType.F32),
                    adapter);
            assertRefused(
                    "q_proj.weight is I8; an adapter can be folded into F64, F32, F16 and BF16",
                    widened(base.manifest(), "q_proj.weight", Shape.of(8, 8), DType.I8),
                    adapter);
            assertRefused(
                    "only matrices can take an adapter's product",
                    widened(base.manifest(), "q_proj.weight", Shape.of(8, 8, 1), DType.F32),
                    adapter);
        }
    }

    @Test
    void refusesAnAdapterThatIsNotWhole() throws IOException {
        try (TensorReader base = base("linear");
                TensorReader half = adapter("linear", config -> config, tensors -> tensors.stream()
                        .filter(tensor -> !tensor.name().endsWith("layers.1.self_attn.q_proj.lora_B.weight"))
                        .toList());
                TensorReader nothing = adapter("linear", config -> config, tensors -> List.of())) {
            assertRefused("q_proj.lora_A.weight without its other half", base.manifest(), half);
            assertRefused("has no tensors", base.manifest(), nothing);
        }
    }

    @Test
    void refusesTensorsWithoutDimensions() throws IOException {
        try (TensorReader base = base("linear");
                TensorReader scalars = adapter("linear", config -> config, tensors -> tensors.stream()
                        .map(tensor -> TensorSpec.of(tensor.name(), DType.F32, Shape.of()))
                        .toList())) {
            assertRefused("a single number is no weight", base.manifest(), scalars);
        }
    }

    @Test
    void givesATiedOutputProjectionAWeightOfItsOwn() throws IOException {
        try (TensorReader adapter = adapter("embedding");
                TensorReader base = base("embedding");
                TensorReader without = base("transposed")) {
            Manifest tied = tied(base.manifest().tensors().stream()
                    .filter(tensor -> !tensor.name().equals("lm_head.weight"))
                    .toList());
            assertTrue(new LoraStrategy().folding(tied, adapter).weights().contains("lm_head.weight"));
            assertRefused(
                    "which the base does not have; give the base that it was made for",
                    tied(without.manifest().tensors()),
                    adapter);
        }
    }

    private static Manifest tied(List<TensorSpec> tensors) {
        Companion config =
                new Companion("config.json", "{\"tie_word_embeddings\": true}".getBytes(StandardCharsets.UTF_8));
        return new Manifest("model.safetensors", tensors, List.of(config), "");
    }

    private static void assertRefused(String message, Manifest base, TensorReader adapter) {
        Refusal refusal = assertThrows(Refusal.class, () -> new LoraStrategy().folding(base, adapter));
        assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
    }

    private static Manifest widened(Manifest base, String suffix, Shape shape, DType type) {
        return new Manifest(
                base.layout(),
                base.tensors().stream()
                        .map(tensor ->
                                tensor.name().endsWith(suffix) ? TensorSpec.of(tensor.name(), type, shape) : tensor)
                        .toList(),
                base.companions(),
                "");
    }

    private interface Comparison {
        void compare(String weight, float[] folded, float[] expected);
    }

    /** Folds what the adapter changes, and compares every tensor of the base, so that nothing is left out. */
    private static void forEachWeight(String name, Comparison comparison) throws IOException {
        try (TensorReader base = base(name);
                TensorReader adapter = adapter(name);
                TensorReader merged = Safetensors.openCheckpoint(folder(name).resolve("merged.safetensors"))) {
            Folding folding = new LoraStrategy().folding(base.manifest(), adapter);
            assertEquals(
                    names(merged.manifest()), names(base.manifest()), "the merged model has the tensors of the base");
            for (TensorSpec tensor : base.manifest().tensors()) {
                float[] values = read(base, tensor);
                if (folding.weights().contains(tensor.name())) {
                    folding.open(tensor.name())
                            .fold(0, values, (int) tensor.shape().dimension(0));
                }
                comparison.compare(tensor.name(), values, read(merged, tensor));
            }
        }
    }

    private static List<String> names(Manifest manifest) {
        return manifest.tensors().stream().map(TensorSpec::name).collect(Collectors.toList());
    }

    private static float[] read(TensorReader reader, TensorSpec tensor) throws IOException {
        float[] values = new float[(int) tensor.elements()];
        reader.read(tensor, 0, values, values.length);
        return values;
    }

    private static TensorReader base(String name) throws IOException {
        return Safetensors.openCheckpoint(folder(name).resolve("base.safetensors"));
    }

    private static TensorReader adapter(String name) throws IOException {
        return adapter(name, config -> config, tensors -> tensors);
    }

    private static TensorReader adapter(
            String name, UnaryOperator<String> config, UnaryOperator<List<TensorSpec>> tensors) throws IOException {
        TensorReader file = Safetensors.openCheckpoint(folder(name).resolve("adapter_model.safetensors"));
        String text = Files.readString(folder(name).resolve(AdapterConfig.FILE));
        return new Described(
                file,
                new Manifest(
                        "adapter_model.safetensors",
                        tensors.apply(file.manifest().tensors()),
                        List.of(new Companion(
                                AdapterConfig.FILE, config.apply(text).getBytes(StandardCharsets.UTF_8))),
                        ""));
    }

    private static Path folder(String name) {
        try {
            return Path.of(LoraFoldingTest.class.getResource("/folding/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
