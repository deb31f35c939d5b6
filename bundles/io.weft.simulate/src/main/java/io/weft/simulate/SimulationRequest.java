package io.weft.simulate;

import io.weft.job.Job;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is simulated.
 *
 * @param jobFile where the job file lies: {@code model.base} is looked up beside it
 * @param sites where the sites' data comes from
 * @param out the run's folder; empty for {@code <home>/data/jobs/<id>}. Refused when it holds anything
 * @param parallel how many sites work at a time; empty for as many as suit the machine
 */
public record SimulationRequest(
        Job job, Path jobFile, SiteData sites, Optional<Path> out, Path home, OptionalInt parallel) {}
