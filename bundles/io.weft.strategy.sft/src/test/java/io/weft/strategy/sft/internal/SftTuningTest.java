package io.weft.strategy.sft.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorSpec;
import io.weft.hf.internal.HuggingFaceFormat;
import io.weft.lm.internal.model.Base;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SftTuningTest {

    @Test
    void exchangesWhatIsTrainedAndKeepsTheRestForTheResult() throws IOException {
        SftTuning tuning = SftTuning.of(base("plain"), List.of("layers.1.mlp", "lm_head"));

        assertEquals(
                Set.of(
                        "model.layers.1.mlp.gate_proj.weight",
                        "model.layers.1.mlp.up_proj.weight",
                        "model.layers.1.mlp.down_proj.weight",
                        "lm_head.weight"),
                tuning.manifest().tensors().stream()
                        .filter(tensor -> tensor.section().equals(TensorSpec.MODEL))
                        .map(TensorSpec::name)
                        .collect(Collectors.toSet()));
        assertEquals(
                base("plain").weights().stream().map(TensorSpec::name).toList(),
                tuning.manifest().tensors().stream().map(TensorSpec::name).toList());
    }

    @Test
    void tiedEmbeddingsAreTheOutputProjectionToo() throws IOException {
        SftTuning tuning = SftTuning.of(base("one-kv-head"), List.of(".*"));

        assertEquals(
                tuning.weights().get("model.embed_tokens.weight"),
                tuning.weights().get("lm_head.weight"));
    }

    @Test
    void aPatternThatMeansNothingIsRefusedWithTheNamesThereAre() throws IOException {
        Base plain = base("plain");
        Base tied = base("one-kv-head");

        String message = refused(plain, "layers.9");
        assertTrue(
                message.startsWith("strategy.train: 'layers.9' means no weight; there are lm_head.weight,"), message);
        assertTrue(message.contains("model.layers.N.mlp.down_proj.weight"), message);
        assertTrue(refused(tied, "lm_head").contains("because the model ties it to model.embed_tokens.weight"));
        assertTrue(refused(plain, "layers.[").contains("is not a regular expression"));
        assertTrue(refused(plain, "lm_haed").endsWith("; did you mean 'lm_head'?"));
    }

    private static String refused(Base base, String pattern) {
        return assertThrows(Refusal.class, () -> SftTuning.of(base, List.of(pattern)))
                .getMessage();
    }

    private static Base base(String name) throws IOException {
        return Base.open(Path.of("../io.weft.lm/src/test/resources/llama").resolve(name), new HuggingFaceFormat());
    }
}
