package io.weft.strategy.sft.internal;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorSpec;
import io.weft.lm.tuning.ModelPlan;
import io.weft.lm.tuning.Overlay;
import io.weft.lm.tuning.Tuning;
import io.weft.lm.tuning.TuningStrategy;
import java.util.List;
import org.osgi.service.component.annotations.Component;

/** Supervised fine-tuning: every weight of the base is trained, and the result is a checkpoint like the base. */
@Component(property = Plugin.NAME + "=sft")
public final class SftStrategy implements TuningStrategy {

    @Override
    public Tuning plan(ModelPlan base, JobContext job) {
        return new AllWeights(new Manifest("model.safetensors", base.weights(), base.companions(), base.digest()));
    }

    private record AllWeights(Manifest manifest) implements Tuning {

        @Override
        public List<Overlay> overlays() {
            return List.of();
        }

        @Override
        public void initial(TensorSpec tensor, float[] into) {
            throw new IllegalStateException(tensor.name() + " is a weight of the base, which has its first value");
        }
    }
}
