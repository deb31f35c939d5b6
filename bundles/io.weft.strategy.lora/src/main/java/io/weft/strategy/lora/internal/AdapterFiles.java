package io.weft.strategy.lora.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.lm.tuning.LinearLayer;
import io.weft.lm.tuning.ModelPlan;
import io.weft.tensor.JsonProblem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** LoRA adapters on disk, by PEFT or by Weft. */
final class AdapterFiles {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** What PEFT can add to LoRA and Weft does not know: keys that must be absent, null, false or empty. */
    private static final List<String> NOT_KNOWN = List.of(
            "alora_invocation_tokens",
            "layer_replication",
            "target_parameters",
            "trainable_token_indices",
            "use_bdlora",
            "use_dora",
            "use_qalora");

    /** The same for what Weft folds into a base and does not compute beside it. */
    private static final List<String> ONLY_FOLDED = List.of("fan_in_fan_out", "lora_bias");

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
        Companion file = adapter.companion(AdapterConfig.FILE).orElseThrow();
        JsonNode config = config(file);
        refuse(config, NOT_KNOWN, "merge the adapter with PEFT, or train it without");
        refuse(config, ONLY_FOLDED, "fold the adapter into its base with 'weft merge'");
        if (!config.path("bias").asText("none").equals("none")) {
            throw new Refusal(AdapterConfig.FILE + ": bias is " + config.path("bias")
                    + "; Weft computes adapters with \"none\", so fold the adapter into its base with 'weft merge'");
        }
        refuseChangedBase(config);
        Scales scales = new Scales(config);
        Set<String> left = new HashSet<>();
        adapter.tensors().forEach(tensor -> left.add(tensor.name()));
        List<LoraTuning.Adapter> adapters = adapters(base, adapter, scales, left);
        List<TensorSpec> whole = SavedModules.weights(base).stream()
                .filter(weight -> left.remove(LoraTuning.whole(weight.name())))
                .toList();
        whole.forEach(weight ->
                require(adapter, LoraTuning.whole(weight.name()), weight.shape().dimensions()));
        if (!left.isEmpty()) {
            throw new Refusal(adapter.layout() + ": tensor "
                    + left.stream().sorted().findFirst().orElseThrow()
                    + " belongs to no layer of the base at " + base.location()
                    + "; give the base that the adapter was made for");
        }
        if (adapters.isEmpty() && whole.isEmpty()) {
            throw new Refusal(adapter.layout() + ": it has no tensors; copy the adapter anew from where it came");
        }
        return LoraTuning.existing(base, adapters, whole, file);
    }

    /**
     * How an adapter changes its base's weights.
     *
     * @throws Refusal when it does so in a way that Weft does not know, or does not fit the base
     */
    static LoraFolding folding(Manifest base, TensorReader adapter) {
        JsonNode config =
                config(adapter.manifest().companion(AdapterConfig.FILE).orElseThrow());
        refuse(config, NOT_KNOWN, "merge the adapter with PEFT");
        refuseChangedBase(config);
        return new LoraFolding(base, adapter, config);
    }

    private static void refuse(JsonNode config, List<String> keys, String remedy) {
        for (String key : keys) {
            JsonNode value = config.path(key);
            if ((value.isBoolean() && value.asBoolean()) || (value.isContainerNode() && !value.isEmpty())) {
                throw new Refusal(
                        AdapterConfig.FILE + ": " + key + " is " + value + ", which Weft does not compute; " + remedy);
            }
        }
    }

    private static void refuseChangedBase(JsonNode config) {
        String start = config.path("init_lora_weights").asText("true").toLowerCase(Locale.ROOT);
        if (start.startsWith("pissa") || start.equals("olora") || start.equals("corda")) {
            throw new Refusal(AdapterConfig.FILE + ": init_lora_weights \"" + start
                    + "\" changes the base; convert the adapter with PEFT's path_initial_model_for_weight_conversion");
        }
    }

    private static List<LoraTuning.Adapter> adapters(
            ModelPlan base, Manifest adapter, Scales scales, Set<String> left) {
        List<LoraTuning.Adapter> adapters = new ArrayList<>();
        for (LinearLayer layer : base.linears()) {
            boolean hasA = left.remove(LoraTuning.a(layer));
            boolean hasB = left.remove(LoraTuning.b(layer));
            if (hasA != hasB) {
                throw new Refusal(adapter.layout() + ": it has one of " + LoraTuning.a(layer) + " and "
                        + LoraTuning.b(layer) + " without the other; copy the adapter anew from where it came");
            }
            if (hasA) {
                Shape shape = adapter.tensor(LoraTuning.a(layer)).orElseThrow().shape();
                int rank = shape.rank() == 2 ? Math.toIntExact(shape.dimension(0)) : 0;
                require(adapter, LoraTuning.a(layer), List.of((long) rank, (long) layer.inputs()));
                require(adapter, LoraTuning.b(layer), List.of((long) layer.outputs(), (long) rank));
                adapters.add(new LoraTuning.Adapter(layer, rank, scales.scale(layer.name(), rank)));
            }
        }
        return adapters;
    }

    private static void require(Manifest adapter, String name, List<Long> shape) {
        TensorSpec tensor = adapter.tensor(name).orElseThrow();
        if (!tensor.shape().dimensions().equals(shape)) {
            throw new Refusal(adapter.layout() + ": tensor " + name + " has shape " + tensor.shape()
                    + " where this base and " + AdapterConfig.FILE + " make it " + shape
                    + "; give the base that the adapter was made for");
        }
    }

    static JsonNode config(Companion file) {
        try {
            return JSON.readTree(file.text());
        } catch (JsonProcessingException e) {
            throw JsonProblem.refusal(AdapterConfig.FILE, e, "copy it anew from where the adapter came");
        }
    }
}
