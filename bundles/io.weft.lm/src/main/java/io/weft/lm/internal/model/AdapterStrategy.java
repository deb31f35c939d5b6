package io.weft.lm.internal.model;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.lm.tuning.TuningStrategy;
import java.nio.file.Path;
import java.util.Collection;
import java.util.function.Function;

/** The strategy that made an adapter. */
public final class AdapterStrategy {

    private final TuningStrategy strategy;
    private final Path folder;

    private AdapterStrategy(TuningStrategy strategy, Path folder) {
        this.strategy = strategy;
        this.folder = folder;
    }

    /**
     * The first strategy that recognises the adapter.
     *
     * @throws Refusal when none does
     */
    public static AdapterStrategy of(Manifest adapter, Path folder, Collection<TuningStrategy> strategies) {
        return strategies.stream()
                .filter(strategy -> new AdapterStrategy(strategy, folder).apply(one -> one.recognises(adapter)))
                .findFirst()
                .map(strategy -> new AdapterStrategy(strategy, folder))
                .orElseThrow(() -> new Refusal(folder + " is no adapter that a strategy here reads; it needs an"
                        + " adapter_config.json with a peft_type such as LORA"));
    }

    /** Does something with the strategy, which does not know where the adapter lies; what it refuses says so. */
    public <R> R apply(Function<TuningStrategy, R> use) {
        try {
            return use.apply(strategy);
        } catch (Refusal e) {
            throw new Refusal(folder + ": " + e.getMessage(), e);
        }
    }
}
