package io.weft.lm.internal.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import org.junit.jupiter.api.Test;

class ArchitectureReaderTest {

    private static final String SHAPES = "\"vocab_size\": 128, \"hidden_size\": 32, \"intermediate_size\": 48,"
            + " \"num_hidden_layers\": 2, \"num_attention_heads\": 4";

    private static Architecture read(String more) {
        return ArchitectureReader.read("{\"model_type\": \"llama\", " + SHAPES + more + "}", "base/config.json");
    }

    private static String refusal(String text) {
        return assertThrows(Refusal.class, () -> ArchitectureReader.read(text, "base/config.json"))
                .getMessage();
    }

    @Test
    void whatIsAbsentHasTheDefaultsOfTransformers() {
        Architecture architecture = read("");

        assertEquals(4, architecture.keys());
        assertEquals(8, architecture.head());
        assertEquals(1e-6, architecture.epsilon());
        assertEquals(2048, architecture.positions());
        assertEquals(new Rotary(10000, new Rotary.Unscaled()), architecture.rotary());
        assertEquals(false, architecture.tied());
    }

    @Test
    void bothStylesOfRotaryParametersMeanTheSame() {
        String llama3 = "\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0,"
                + " \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 24";

        Rotary four = read(", \"rope_theta\": 500.0, \"rope_scaling\": {" + llama3 + "}")
                .rotary();
        Rotary five = read(", \"rope_parameters\": {\"rope_theta\": 500.0, " + llama3 + "}")
                .rotary();

        assertEquals(new Rotary(500, new Rotary.Llama3(8, 1, 4, 24)), four);
        assertEquals(four, five);
    }

    @Test
    void rotaryParametersThatAreNoObjectAreRefused() {
        assertEquals(
                "base/config.json: rope_parameters must be an object, but is \"llama3\"",
                assertThrows(Refusal.class, () -> read(", \"rope_parameters\": \"llama3\""))
                        .getMessage());
    }

    @Test
    void linearScalingDividesEveryFrequency() {
        Rotary rotary = read(", \"rope_scaling\": {\"type\": \"linear\", \"factor\": 2.0}")
                .rotary();

        assertEquals(0.5f, rotary.frequencies(8)[0]);
    }

    @Test
    void anUnknownFamilyIsRefusedWithThoseThereAre() {
        assertEquals(
                "base/config.json: model_type 'gpt2' is not supported; supported are llama",
                refusal("{\"model_type\": \"gpt2\"}"));
    }

    @Test
    void scalingThatIsNotComputedIsRefused() {
        assertEquals(
                "base/config.json: rope_type 'yarn' is not supported; supported are default, linear, llama3",
                refusal("{\"model_type\": \"llama\", " + SHAPES + ", \"rope_scaling\": {\"rope_type\": \"yarn\"}}"));
    }

    @Test
    void aMissingShapeIsRefusedByName() {
        assertEquals(
                "base/config.json: hidden_size must be a whole number above 0, but is missing",
                refusal("{\"model_type\": \"llama\", \"num_attention_heads\": 4}"));
    }

    @Test
    void brokenJsonIsRefusedWithItsLine() {
        assertEquals(
                "base/config.json:2: is not valid JSON at column 15; copy it anew from where the model came",
                refusal("{\n\"model_type\": llama}"));
    }
}
