package io.weft.api.workflow;

import java.time.Duration;
import java.util.Optional;

/**
 * How many answers a step needs. It ends when every asked site has answered or failed, or once the deadline is over, with at least
 * {@code min} answers; before that it waits, and when so many can no longer come the job fails.
 *
 * @param min 0 or more
 * @param deadline counted from the moment in which the sites are asked
 */
public record Quorum(int min, Optional<Duration> deadline) {}
