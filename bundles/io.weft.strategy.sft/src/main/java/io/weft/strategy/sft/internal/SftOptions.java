package io.weft.strategy.sft.internal;

import io.weft.api.plugin.Option;

/** The options of the strategy {@code sft}. */
public @interface SftOptions {

    @Option(
            "The weights that are trained and exchanged, by regular expressions for their names or for a part of them that begins after"
                    + " a dot, with all that lies below: layers.[23], lm_head, layers.0.mlp; all of them without it.")
    String[] train() default {".*"};
}
