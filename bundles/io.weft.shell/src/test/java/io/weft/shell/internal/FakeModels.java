package io.weft.shell.internal;

import io.weft.api.training.CheckpointFormat;
import io.weft.lm.Evaluation;
import io.weft.lm.EvaluationRequest;
import io.weft.lm.GenerationRequest;
import io.weft.lm.LanguageModels;
import io.weft.lm.tuning.TuningStrategy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/** Says the same of every model, but that adapters are better, and remembers what it was asked. */
final class FakeModels implements LanguageModels {

    final List<Record> asked = new ArrayList<>();

    @Override
    public Evaluation evaluate(
            EvaluationRequest request, CheckpointFormat format, Collection<TuningStrategy> strategies) {
        asked.add(request);
        return new Evaluation(0.5, Math.exp(0.5), 0.75, 40, 4, List.of("eval.jsonl:3: not JSON"));
    }

    @Override
    public void generate(
            GenerationRequest request,
            CheckpointFormat format,
            Collection<TuningStrategy> strategies,
            Consumer<String> continuation) {
        asked.add(request);
        continuation.accept(" upon");
        continuation.accept(" a time");
    }
}
