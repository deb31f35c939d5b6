package io.weft.lm.internal.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.plugin.Refusal;
import io.weft.tensor.JsonProblem;
import java.util.List;

/** Reads config.json as Transformers 4 and 5 write it. */
public final class ArchitectureReader {

    private static final List<String> FAMILIES = List.of("llama");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String source;
    private final JsonNode config;

    private ArchitectureReader(String source, JsonNode config) {
        this.source = source;
        this.config = config;
    }

    /**
     * The architecture that a configuration describes.
     *
     * @param text the content of config.json
     * @param source where it lies, for messages
     * @throws Refusal when the family is unknown or a value is missing, wrong or not computed by Weft
     */
    public static Architecture read(String text, String source) {
        try {
            return new ArchitectureReader(source, JSON.readTree(text)).architecture();
        } catch (JsonProcessingException e) {
            throw JsonProblem.refusal(source, e, "copy it anew from where the model came");
        }
    }

    private Architecture architecture() {
        String family = config.path("model_type").asText("");
        if (!FAMILIES.contains(family)) {
            throw new Refusal(source + ": model_type '" + family + "' is not supported; supported are "
                    + String.join(", ", FAMILIES));
        }
        String activation = config.path("hidden_act").asText("silu");
        if (!activation.equals("silu")) {
            throw new Refusal(source + ": hidden_act '" + activation + "' is not supported; a llama has silu");
        }
        int hidden = positive("hidden_size");
        int heads = positive("num_attention_heads");
        int keys = present("num_key_value_heads") ? positive("num_key_value_heads") : heads;
        if (heads % keys != 0) {
            throw new Refusal(
                    source + ": num_attention_heads " + heads + " is not a multiple of num_key_value_heads " + keys);
        }
        int head = present("head_dim") ? positive("head_dim") : hidden / heads;
        if (head % 2 != 0 || (!present("head_dim") && hidden % heads != 0)) {
            throw new Refusal(source + ": heads of width " + head + " (hidden_size " + hidden + ", num_attention_heads "
                    + heads + ") are not possible; head_dim must be even");
        }
        boolean attentionBias = config.path("attention_bias").asBoolean(false);
        return new Architecture(
                positive("vocab_size"),
                hidden,
                positive("num_hidden_layers"),
                heads,
                keys,
                head,
                positive("intermediate_size"),
                number(config, "rms_norm_eps", 1e-6),
                attentionBias,
                attentionBias,
                config.path("mlp_bias").asBoolean(false),
                config.path("tie_word_embeddings").asBoolean(false),
                present("max_position_embeddings") ? positive("max_position_embeddings") : 2048,
                rotary());
    }

    /** Version 4 has rope_theta and rope_scaling (its type under rope_type, or type before), version 5 rope_parameters. */
    private Rotary rotary() {
        JsonNode parameters = object("rope_parameters");
        JsonNode scaling = parameters.isObject() ? parameters : object("rope_scaling");
        double theta = number(parameters, "rope_theta", number(config, "rope_theta", 10000));
        if (config.path("partial_rotary_factor").asDouble(1) != 1) {
            throw new Refusal(source + ": partial_rotary_factor other than 1 is not supported");
        }
        String type = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
        return new Rotary(
                theta,
                switch (type) {
                    case "default" -> new Rotary.Unscaled();
                    case "linear" -> new Rotary.Linear(required(scaling, "factor"));
                    case "llama3" ->
                        new Rotary.Llama3(
                                required(scaling, "factor"),
                                required(scaling, "low_freq_factor"),
                                required(scaling, "high_freq_factor"),
                                required(scaling, "original_max_position_embeddings"));
                    default ->
                        throw new Refusal(source + ": rope_type '" + type
                                + "' is not supported; supported are default, linear, llama3");
                });
    }

    /** An object, or something that has no keys where it is missing or null. */
    private JsonNode object(String key) {
        JsonNode value = config.path(key);
        if (!value.isObject() && !value.isMissingNode() && !value.isNull()) {
            throw new Refusal(source + ": " + key + " must be an object, but is " + value);
        }
        return value;
    }

    private boolean present(String key) {
        return config.hasNonNull(key);
    }

    private int positive(String key) {
        JsonNode value = config.path(key);
        if (!value.canConvertToInt() || value.asInt() < 1) {
            throw new Refusal(source + ": " + key + " must be a whole number above 0, but is "
                    + (value.isMissingNode() ? "missing" : value));
        }
        return value.asInt();
    }

    private double number(JsonNode node, String key, double otherwise) {
        return node.hasNonNull(key) ? required(node, key) : otherwise;
    }

    private double required(JsonNode node, String key) {
        JsonNode value = node.path(key);
        if (!value.isNumber() || value.asDouble() <= 0) {
            throw new Refusal(source + ": " + key + " must be a number above 0, but is "
                    + (value.isMissingNode() ? "missing" : value));
        }
        return value.asDouble();
    }
}
