package io.weft.strategy.lora.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorSpec;
import io.weft.lm.tuning.LinearLayer;
import io.weft.lm.tuning.ModelPlan;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** LoRA adapters on disk, by PEFT or by Weft. */
final class AdapterFiles {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** What PEFT can add to LoRA and Weft does not compute: keys that must be absent, null, false or empty. */
    private static final List<String> NOT_COMPUTED = List.of(
            "alora_invocation_tokens",
            "alpha_pattern",
            "fan_in_fan_out",
            "layer_replication",
            "lora_bias",
            "modules_to_save",
            "rank_pattern",
            "target_parameters",
            "trainable_token_indices",
            "use_bdlora",
            "use_dora",
            "use_qalora");

    private AdapterFiles() {}

    static boolean recognises(Manifest adapter) {
        return adapter.companion(AdapterConfig.FILE)
                .map(file -> config(file).path("peft_type").asText())
                .filter("LORA"::equals)
                .isPresent();
    }

    /**
     * The tuning that an adapter was made with; which layers it sits on is what its tensors say.
     *
     * @throws Refusal when it uses what Weft does not compute, or does not fit the base
     */
    static LoraTuning read(ModelPlan base, Manifest adapter) {
        JsonNode config = config(adapter.companion(AdapterConfig.FILE).orElseThrow());
        for (String key : NOT_COMPUTED) {
            JsonNode value = config.path(key);
            if ((value.isBoolean() && value.asBoolean()) || (value.isContainerNode() && !value.isEmpty())) {
                throw new Refusal(AdapterConfig.FILE + ": " + key + " is " + value
                        + ", which Weft does not compute; merge the adapter with PEFT, or train it without");
            }
        }
        if (!config.path("bias").asText("none").equals("none")) {
            throw new Refusal(
                    AdapterConfig.FILE + ": bias is " + config.path("bias") + "; Weft reads adapters with \"none\"");
        }
        String start = config.path("init_lora_weights").asText("true").toLowerCase(Locale.ROOT);
        if (start.startsWith("pissa") || start.equals("olora") || start.equals("corda")) {
            throw new Refusal(AdapterConfig.FILE + ": init_lora_weights \"" + start
                    + "\" changes the base; convert the adapter with PEFT's path_initial_model_for_weight_conversion");
        }
        int rank = config.path("r").asInt();
        if (rank < 1 || !config.path("lora_alpha").isNumber()) {
            throw new Refusal(AdapterConfig.FILE + ": r must be a whole number above 0 and lora_alpha a number");
        }
        List<LinearLayer> layers = layers(base, adapter, rank);
        double alpha = config.path("lora_alpha").asDouble();
        double effective = config.path("use_rslora").asBoolean(false) ? alpha * Math.sqrt(rank) : alpha;
        return LoraTuning.existing(
                base, layers, new AdapterConfig(rank, effective, 0, Targets.kinds(layers), base.location()));
    }

    private static List<LinearLayer> layers(ModelPlan base, Manifest adapter, int rank) {
        Set<String> left = new HashSet<>();
        adapter.tensors().forEach(tensor -> left.add(tensor.name()));
        List<LinearLayer> layers = new ArrayList<>();
        for (LinearLayer layer : base.linears()) {
            boolean hasA = left.remove(LoraTuning.a(layer));
            boolean hasB = left.remove(LoraTuning.b(layer));
            if (hasA != hasB) {
                throw new Refusal("the adapter has one of " + LoraTuning.a(layer) + " and " + LoraTuning.b(layer)
                        + " without the other");
            }
            if (hasA) {
                require(adapter, LoraTuning.a(layer), List.of((long) rank, (long) layer.inputs()));
                require(adapter, LoraTuning.b(layer), List.of((long) layer.outputs(), (long) rank));
                layers.add(layer);
            }
        }
        if (!left.isEmpty()) {
            throw new Refusal(
                    "the adapter's tensor " + left.stream().sorted().findFirst().orElseThrow()
                            + " belongs to no linear layer of the base at " + base.location());
        }
        if (layers.isEmpty()) {
            throw new Refusal("the adapter has no tensors");
        }
        return layers;
    }

    private static void require(Manifest adapter, String name, List<Long> shape) {
        TensorSpec tensor = adapter.tensor(name).orElseThrow();
        if (!tensor.shape().dimensions().equals(shape)) {
            throw new Refusal("the adapter's tensor " + name + " has shape " + tensor.shape() + " where this base and "
                    + AdapterConfig.FILE + " make it " + shape);
        }
    }

    private static JsonNode config(Companion file) {
        try {
            return JSON.readTree(file.text());
        } catch (JsonProcessingException e) {
            throw new Refusal(AdapterConfig.FILE + " is not JSON: " + e.getOriginalMessage(), e);
        }
    }
}
