package io.weft.lm;

import io.weft.api.training.CheckpointFormat;
import io.weft.lm.tuning.TuningStrategy;
import java.io.IOException;
import java.util.Collection;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/** Uses a checkpoint, alone or with an adapter; everything is computed in fp32. The first use loads the engine. */
@ProviderType
public interface LanguageModels {

    /**
     * Measures a model on a file of records.
     *
     * @param format reads the model and the adapter
     * @param strategies those that may have made the adapter; the one that recognises it is used
     * @throws io.weft.api.plugin.Refusal when model, adapter or data cannot be used
     * @throws InterruptedException when the calling thread was interrupted
     */
    Evaluation evaluate(EvaluationRequest request, CheckpointFormat format, Collection<TuningStrategy> strategies)
            throws IOException, InterruptedException;

    /**
     * Continues a text.
     *
     * @param format reads the model and the adapter
     * @param strategies those that may have made the adapter; the one that recognises it is used
     * @param continuation receives the text after the prompt, in pieces as it is made
     * @throws io.weft.api.plugin.Refusal when model or adapter cannot be used, or the prompt is too long
     * @throws InterruptedException when the calling thread was interrupted
     */
    void generate(
            GenerationRequest request,
            CheckpointFormat format,
            Collection<TuningStrategy> strategies,
            Consumer<String> continuation)
            throws IOException, InterruptedException;
}
