package io.weft.simulate;

import io.weft.server.JobSummary;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How a simulation ended.
 *
 * @param reason why it did not finish, in one line
 * @param folder the run's folder; of a finished job {@code result/} in it is the model
 * @param base the folder of the base
 */
public record SimulationResult(JobSummary summary, Optional<String> reason, Path folder, Optional<Path> base) {}
