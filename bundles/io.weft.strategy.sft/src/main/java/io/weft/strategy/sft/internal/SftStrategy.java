package io.weft.strategy.sft.internal;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import io.weft.lm.tuning.ModelPlan;
import io.weft.lm.tuning.Tuning;
import io.weft.lm.tuning.TuningStrategy;
import java.lang.annotation.Annotation;
import java.util.List;
import org.osgi.service.component.annotations.Component;

/** Supervised fine-tuning: weights of the base are trained, all or some of them, and the result is a checkpoint like the base. */
@Component(property = Plugin.NAME + "=sft")
public final class SftStrategy implements TuningStrategy {

    @Override
    public Class<? extends Annotation> options() {
        return SftOptions.class;
    }

    @Override
    public Tuning plan(ModelPlan base, JobContext job) {
        return SftTuning.of(base, List.of(job.options(SftOptions.class).train()));
    }
}
