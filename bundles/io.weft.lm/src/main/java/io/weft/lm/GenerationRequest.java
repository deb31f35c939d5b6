package io.weft.lm;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What is to be continued.
 *
 * @param model the folder of the base checkpoint
 * @param adapter the folder of an adapter for it
 * @param maxTokens the most tokens to make; the end of sequence ends earlier
 * @param temperature 0 always takes the likeliest token; otherwise logits are divided by it before one is drawn
 * @param seed what is drawn from
 */
public record GenerationRequest(
        Path model, Optional<Path> adapter, String prompt, int maxTokens, double temperature, long seed) {}
