package io.weft.lm.internal.training;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Refusal;
import io.weft.api.training.CheckpointFormat;
import io.weft.lm.tuning.TuningStrategy;

/** The plugins that the trainer works with. */
record Partners(Partner<CheckpointFormat> format, Partner<TuningStrategy> strategy) {

    /** @throws Refusal when one is missing or has wrong options; when both, both are told */
    static Partners of(JobContext job, String format, String strategy) {
        Partner<CheckpointFormat> held;
        try {
            held = job.partner(CheckpointFormat.class, format, "model");
        } catch (Refusal first) {
            throw withStrategy(first, job, strategy);
        }
        return new Partners(held, strategy(job, strategy));
    }

    private static Refusal withStrategy(Refusal first, JobContext job, String strategy) {
        try {
            strategy(job, strategy);
            return first;
        } catch (Refusal second) {
            return new Refusal(first.getMessage() + "; and " + second.getMessage(), first);
        }
    }

    private static Partner<TuningStrategy> strategy(JobContext job, String name) {
        return job.partner(TuningStrategy.class, name, "strategy");
    }
}
