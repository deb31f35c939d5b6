package io.weft.lm;

/**
 * What a merge did.
 *
 * @param tensors of the merged checkpoint
 * @param changed how many of them the adapter changed
 * @param bytes of all of them
 */
public record Merged(int tensors, int changed, long bytes) {}
