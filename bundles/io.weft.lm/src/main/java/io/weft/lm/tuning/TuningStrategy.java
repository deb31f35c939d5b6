package io.weft.lm.tuning;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import org.osgi.annotation.versioning.ConsumerType;

/** Says what of a model is trained: overlays on a frozen base, or the base's own weights. Never changes the shared base. */
@ConsumerType
public interface TuningStrategy extends Plugin {

    /**
     * Plans the tuning of one job. Chance comes from {@link JobContext#sharedRandom} alone, so that every site draws the same.
     *
     * @throws io.weft.api.plugin.Refusal when the options do not fit the model; the message lists what would
     */
    Tuning plan(ModelPlan base, JobContext job);

    /** Whether the adapter is of this strategy; decided by its companions. */
    default boolean recognises(Manifest adapter) {
        return false;
    }

    /**
     * Plans the tuning that an adapter on disk was made with, to evaluate it or to generate with it.
     *
     * @throws io.weft.api.plugin.Refusal when the adapter uses what this strategy does not compute, or does not fit the model
     */
    default Tuning plan(ModelPlan base, Manifest adapter) {
        throw new UnsupportedOperationException("this strategy reads no adapters");
    }

    /**
     * How an adapter on disk changes the base's weights, so that it can be folded into them.
     *
     * @param adapter stays open while the answer is used
     * @throws io.weft.api.plugin.Refusal when the adapter is not a change of weights, or does not fit the base
     */
    default Folding folding(Manifest base, TensorReader adapter) {
        throw new Refusal("an adapter of this kind is no change of weights, so it cannot be folded into a base");
    }
}
