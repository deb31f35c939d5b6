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

    @Option(
            "Whether the adapter enters with alpha / √rank instead of alpha / rank, which keeps high ranks learning (rsLoRA).")
    boolean rslora() default false;

    @Option(
            "Other ranks for some layers, as PATTERN=RANK; the pattern is a regular expression for the end of a layer's name after a"
                    + " dot, such as down_proj=32.")
    String[] rankPattern() default {};

    @Option("Other alphas for some layers, as PATTERN=ALPHA.")
    String[] alphaPattern() default {};

    @Option(
            "The modules that are trained and exchanged whole, by the end of their names, such as lm_head, embed_tokens or norm.")
    String[] modulesToSave() default {};

    @Option("The linear layers that get an adapter, by the end of their names, or all-linear for every one.")
    String[] targets() default {"q_proj", "v_proj"};
}
