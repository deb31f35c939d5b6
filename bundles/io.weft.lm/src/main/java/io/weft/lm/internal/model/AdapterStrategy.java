package io.weft.lm.internal.model;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.lm.tuning.TuningStrategy;
import java.nio.file.Path;
import java.util.Collection;

/** Finds the strategy that made an adapter. */
public final class AdapterStrategy {

    private AdapterStrategy() {}

    /**
     * The first strategy that recognises the adapter.
     *
     * @throws Refusal when none does
     */
    public static TuningStrategy of(Manifest adapter, Path folder, Collection<TuningStrategy> strategies) {
        return strategies.stream()
                .filter(strategy -> strategy.recognises(adapter))
                .findFirst()
                .orElseThrow(() -> new Refusal(folder + " is no adapter that a strategy here reads; it needs an"
                        + " adapter_config.json with a peft_type such as LORA"));
    }
}
