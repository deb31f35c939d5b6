package io.weft.job;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How the rounds go.
 *
 * @param type the workflow plugin
 * @param rounds 1 or more
 * @param minSites how many updates a round needs at least; empty for all sites
 * @param deadline how long a round waits for updates beyond {@code minSites}; empty for as long as it takes
 * @param stop when the job ends before its last round; empty for never
 */
public record WorkflowSettings(
        String type, int rounds, OptionalInt minSites, Optional<Duration> deadline, Optional<StopSettings> stop) {}
