package io.weft.lm;

import java.nio.file.Path;

/**
 * What is folded into what.
 *
 * @param model the folder of the base checkpoint
 * @param adapter the folder of an adapter for it
 * @param out where the merged checkpoint goes; refused when it holds anything
 */
public record MergeRequest(Path model, Path adapter, Path out) {}
