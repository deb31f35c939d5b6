package io.weft.server;

import java.util.Optional;

/**
 * How a job ended.
 *
 * @param reason why, when it failed or was stopped
 */
public record JobResult(JobSummary summary, Optional<String> reason) {}
