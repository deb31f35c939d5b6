package io.weft.server;

import java.util.Optional;

/**
 * How a job ended.
 *
 * @param reason why, when it failed, was stopped, or was finished before its last round
 */
public record JobResult(JobSummary summary, Optional<String> reason) {}
