package io.weft.strategy.lora.internal;

import io.weft.api.plugin.Option;

/** The options of the strategy {@code lora}. */
public @interface LoraOptions {

    @Option(value = "The rank of the adapter matrices.", min = 1, max = 4096)
    int rank() default 8;

    @Option(value = "The adapter enters with the factor alpha / rank.", min = 0)
    double alpha() default 16;

    @Option(
            value = "The probability with which an element of an adapter's input is left out while training.",
            min = 0,
            max = 0.99)
    double dropout() default 0;

    @Option("The linear layers that get an adapter, by the end of their names, or all-linear for every one.")
    String[] targets() default {"q_proj", "v_proj"};
}
