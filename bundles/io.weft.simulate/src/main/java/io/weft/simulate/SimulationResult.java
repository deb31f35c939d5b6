package io.weft.simulate;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a simulation ended.
 *
 * @param job the job's id
 * @param state {@code FINISHED}, {@code STOPPED}, {@code WAITING} or {@code FAILED}
 * @param reason why it did not finish, in one line
 * @param folder the run's folder; of a finished job {@code result/} in it is the model
 */
public record SimulationResult(String job, String state, Optional<String> reason, Path folder) {}
