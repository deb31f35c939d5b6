package io.weft.job;

import java.util.List;

/**
 * What a simulation shows of a finished job, besides its rounds.
 *
 * @param alone whether every site is trained alone too, and all are measured on all sites' validation records
 * @param prompts what the base and the result continue
 * @param maxTokens the most tokens of a continuation
 */
public record CompareSettings(boolean alone, List<String> prompts, int maxTokens) {

    public CompareSettings {
        prompts = List.copyOf(prompts);
    }
}
