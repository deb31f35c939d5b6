package io.weft.lm.internal.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BaseTest {

    @Test
    void aConfigurationCannotAskForMoreLayersThanTheWeightsHaveTensors() {
        Architecture architecture = ArchitectureReader.read("""
                {"model_type": "llama", "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1000000000,
                 "num_attention_heads": 2, "vocab_size": 16, "rms_norm_eps": 1e-6, "max_position_embeddings": 64}""", "config.json");
        Manifest weights = new Manifest(
                "model.safetensors",
                List.of(TensorSpec.of(Architecture.EMBEDDING, DType.F32, Shape.of(16, 8))),
                List.of(),
                "");

        Refusal refusal =
                assertThrows(Refusal.class, () -> Base.weights(Path.of("models", "deep"), weights, architecture));

        assertEquals(
                "models/deep: config.json asks for 1000000000 layers (num_hidden_layers), and the weights are 1 tensors;"
                        + " take both from one checkpoint",
                refusal.getMessage());
    }
}
