package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Partner;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.Trainer;
import io.weft.api.training.Training;
import io.weft.api.training.TrainingSetup;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * What a strategy makes of a base, such as an adapter: as Weft's own trainer plans it, which trains nothing here. So sites with a program
 * and sites without one exchange the same tensors.
 */
record StrategyBase(Training planned) implements Base {

    private static final String TRAINER = "lm";

    static StrategyBase open(JobContext job, TrainingSetup setup) throws IOException {
        // It has no options; the section is one that has none of a plugin's.
        Partner<Trainer> trainer = job.partner(Trainer.class, TRAINER, "model");
        // Without records, there is nothing that it would prepare for a training.
        TrainingSetup alone = new TrainingSetup(
                setup.job(),
                setup.base(),
                Collections.emptySortedMap(),
                setup.parallel(),
                Optional.empty(),
                setup.baseName());
        return new StrategyBase(trainer.plugin().open(trainer.job(), alone));
    }

    @Override
    public Manifest manifest() {
        return planned.manifest();
    }

    /** As it is exchanged: an adapter is small, and in the base's type it would lose in every round what training made of it. */
    @Override
    public List<TensorSpec> handed() {
        return manifest().tensors().stream()
                .filter(tensor -> !tensor.section().equals(TensorSpec.FROZEN))
                .map(tensor -> tensor.type().decodable() ? tensor.as(DType.F32) : tensor)
                .toList();
    }

    @Override
    public void write(TensorWriter out) throws IOException {
        planned.initial(out);
    }

    @Override
    public void close() {
        planned.close();
    }
}
