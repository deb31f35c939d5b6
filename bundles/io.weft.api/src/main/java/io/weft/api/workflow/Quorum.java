package io.weft.api.workflow;

import java.time.Duration;
import java.util.Optional;

/** How many answers end a step: all that were asked, or at least {@code min} once the deadline is over. */
public record Quorum(int min, Optional<Duration> deadline) {}
