package io.weft.strategy.lora.internal;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.api.plugin.Refusal;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.LongStream;

/** The factors of an adapter's modules, as adapter_config.json gives them, in general and by pattern. */
final class Scales {

    private final JsonNode config;

    /**
     * Checks what is general.
     *
     * @throws Refusal when rank or alpha are no numbers
     */
    Scales(JsonNode config) {
        this.config = config;
        if (config.path("r").asInt() < 1 || !config.path("lora_alpha").isNumber()) {
            throw new Refusal(AdapterConfig.FILE + ": r must be a whole number above 0 and lora_alpha a number");
        }
    }

    /**
     * The factor by which B·A enters a module: alpha / rank, and alpha / √rank with rsLoRA (https://arxiv.org/abs/2312.03732).
     *
     * @param rank of the module's tensors. PEFT saves patterns in another order than it applied them in, so the tensors are
     *     believed where more than one pattern matches
     * @throws Refusal when the file gives no module this rank, or this module no alpha
     */
    double scale(String module, int rank) {
        if (ranks().noneMatch(allowed -> allowed == rank)) {
            throw new Refusal("the adapter has tensors of rank " + rank + " for " + module + ", where "
                    + AdapterConfig.FILE + " has r " + config.path("r")
                    + " and rank_pattern " + config.path("rank_pattern"));
        }
        JsonNode alpha = matching("alpha_pattern", module).orElse(config.path("lora_alpha"));
        if (!alpha.isNumber()) {
            throw new Refusal(AdapterConfig.FILE + ": alpha_pattern gives " + module + " the alpha " + alpha
                    + "; allowed: a number");
        }
        return alpha.asDouble() / (config.path("use_rslora").asBoolean(false) ? Math.sqrt(rank) : rank);
    }

    private LongStream ranks() {
        LongStream patterns = config.path("rank_pattern").properties().stream()
                .mapToLong(entry -> entry.getValue().asLong());
        return LongStream.concat(LongStream.of(config.path("r").asLong()), patterns);
    }

    /** As in PEFT, the first pattern counts that matches the module's whole name, or its end after a dot. */
    private Optional<JsonNode> matching(String key, String module) {
        for (Map.Entry<String, JsonNode> entry : config.path(key).properties()) {
            try {
                if (Pattern.matches("(.*\\.)?(" + entry.getKey() + ")", module)) {
                    return Optional.of(entry.getValue());
                }
            } catch (PatternSyntaxException e) {
                throw new Refusal(
                        AdapterConfig.FILE + ": " + key + " has '" + entry.getKey()
                                + "', which is not a regular expression: " + e.getDescription(),
                        e);
            }
        }
        return Optional.empty();
    }
}
