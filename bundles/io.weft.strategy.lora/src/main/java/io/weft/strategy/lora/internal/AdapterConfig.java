package io.weft.strategy.lora.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.tensor.Companion;
import io.weft.lm.tuning.LinearLayer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * adapter_config.json of PEFT.
 *
 * @param base what {@code base_model_name_or_path} names
 */
record AdapterConfig(
        int rank,
        double alpha,
        double dropout,
        boolean rslora,
        PatternNumbers ranks,
        PatternNumbers alphas,
        SortedSet<String> targets,
        List<String> modulesToSave,
        String base) {

    static final String FILE = "adapter_config.json";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** A layer's adapter: B·A enters with alpha / rank, or alpha / √rank with rsLoRA (https://arxiv.org/abs/2312.03732). */
    LoraTuning.Adapter adapter(LinearLayer layer) {
        int own = ranks.of(layer).map(Double::intValue).orElse(rank);
        double entering = alphas.of(layer).orElse(alpha);
        return new LoraTuning.Adapter(layer, own, entering / (rslora ? Math.sqrt(own) : own));
    }

    /** The file as PEFT 0.17 writes it: all its keys, sorted, indented by two, without a newline at the end. */
    Companion companion() {
        Map<String, String> keys = new TreeMap<>();
        for (String absent : List.of(
                "auto_mapping",
                "corda_config",
                "eva_config",
                "exclude_modules",
                "layer_replication",
                "layers_pattern",
                "layers_to_transform",
                "megatron_config",
                "revision",
                "target_parameters",
                "trainable_token_indices")) {
            keys.put(absent, "null");
        }
        for (String no : List.of("fan_in_fan_out", "lora_bias", "use_dora", "use_qalora")) {
            keys.put(no, "false");
        }
        keys.put("loftq_config", "{}");
        keys.put("alpha_pattern", numbers(alphas));
        keys.put("rank_pattern", numbers(ranks));
        keys.put("use_rslora", Boolean.toString(rslora));
        keys.put("modules_to_save", modulesToSave.isEmpty() ? "null" : list(modulesToSave));
        keys.put("base_model_name_or_path", text(base));
        keys.put("bias", text("none"));
        keys.put("inference_mode", "true");
        keys.put("init_lora_weights", "true");
        keys.put("lora_alpha", number(alpha));
        keys.put("lora_dropout", Double.toString(dropout));
        keys.put("megatron_core", text("megatron.core"));
        keys.put("peft_type", text("LORA"));
        keys.put("qalora_group_size", "16");
        keys.put("r", Integer.toString(rank));
        keys.put("target_modules", list(targets));
        keys.put("task_type", text("CAUSAL_LM"));
        String content = keys.entrySet().stream()
                .map(key -> "  " + text(key.getKey()) + ": " + key.getValue())
                .collect(Collectors.joining(",\n", "{\n", "\n}"));
        return new Companion(FILE, content.getBytes(StandardCharsets.UTF_8));
    }

    private static String list(Collection<String> values) {
        return values.stream().map(value -> "    " + text(value)).collect(Collectors.joining(",\n", "[\n", "\n  ]"));
    }

    private static String numbers(PatternNumbers values) {
        return values.numbers().isEmpty()
                ? "{}"
                : values.numbers().entrySet().stream()
                        .map(entry -> "    " + text(entry.getKey()) + ": " + number(entry.getValue()))
                        .collect(Collectors.joining(",\n", "{\n", "\n  }"));
    }

    /** PEFT's alpha is a whole number wherever it can be. */
    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    private static String text(String value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
