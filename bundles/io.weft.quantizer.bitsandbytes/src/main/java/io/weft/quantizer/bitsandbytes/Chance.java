package io.weft.quantizer.bitsandbytes;

import io.weft.api.plugin.JobContext;
import io.weft.api.tensor.TensorSpec;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** What stochastic rounding is drawn from. */
final class Chance {

    private Chance() {}

    static Optional<RandomGenerator> of(boolean wanted, TensorSpec tensor, int round, JobContext job) {
        return wanted
                ? Optional.of(job.random("rounding " + tensor.section() + ":" + tensor.name(), round))
                : Optional.empty();
    }
}
