package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.TrainingSetup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The job's first model at a site, and what of it is exchanged. */
interface Base extends AutoCloseable {

    /** A strategy by that name exchanges what the base itself has. */
    String ALL_WEIGHTS = "sft";

    /** What is exchanged. */
    Manifest manifest();

    /** What a program is handed and hands back, in the types in which it gets it. */
    List<TensorSpec> handed();

    /** Writes it as the first global model. */
    void write(TensorWriter out) throws IOException;

    @Override
    void close();

    /** What a program exchanges at a site: what the job's strategy says, else all that its first model has. */
    static Base of(JobContext job, TrainingSetup setup) throws IOException {
        String trainer =
                setup.job().get("trainer") instanceof Map<?, ?> section ? String.valueOf(section.get("type")) : "";
        Path path = setup.base()
                .orElseThrow(() -> new Refusal("the trainer " + trainer + " needs a first model: give model.base"));
        boolean adapter = setup.job().get("strategy") instanceof Map<?, ?> strategy
                && !ALL_WEIGHTS.equals(String.valueOf(strategy.get("type")));
        return adapter ? StrategyBase.open(job, setup) : CheckpointBase.open(job, setup, path);
    }
}
