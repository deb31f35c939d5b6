package io.weft.lm.internal.inference;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.CheckpointFormat;
import io.weft.lm.Evaluation;
import io.weft.lm.EvaluationRequest;
import io.weft.lm.GenerationRequest;
import io.weft.lm.LanguageModels;
import io.weft.lm.internal.model.AdapterStrategy;
import io.weft.lm.internal.model.Base;
import io.weft.lm.internal.program.Adaptation;
import io.weft.lm.internal.program.Bases;
import io.weft.lm.internal.program.Measurement;
import io.weft.lm.internal.program.Memory;
import io.weft.lm.internal.program.Model;
import io.weft.lm.internal.program.Precision;
import io.weft.lm.internal.program.Trained;
import io.weft.lm.internal.program.Turns;
import io.weft.lm.internal.text.Records;
import io.weft.lm.internal.text.Tokenizer;
import io.weft.lm.tuning.Overlay;
import io.weft.lm.tuning.Tuning;
import io.weft.lm.tuning.TuningStrategy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Language models on DJL; whoever takes this service takes the engine with it. */
@Component
public final class DjlLanguageModels implements LanguageModels {

    private final Engine engine;
    private final Bases bases = new Bases();
    private final Turns turns = new Turns();

    @Activate
    public DjlLanguageModels(@Reference Engine engine) {
        this.engine = engine;
    }

    @Override
    public Evaluation evaluate(
            EvaluationRequest request, CheckpointFormat format, Collection<TuningStrategy> strategies)
            throws IOException, InterruptedException {
        Base base = Base.open(request.model(), format);
        int limit = base.architecture().positions();
        int maxLength = request.maxLength().orElse(limit);
        if (maxLength > limit) {
            throw new Refusal("the model at " + request.model() + " has positions for " + limit
                    + " tokens, so records of " + maxLength + " cannot be measured");
        }
        try (Tokenizer tokenizer = tokenizer(base)) {
            Records records = Records.load(request.data(), tokenizer, request.template(), maxLength);
            Measurement measured = with(
                    base,
                    format,
                    request.adapter(),
                    strategies,
                    (model, trained) -> Measurement.of(
                            model, trained, records.examples(), turns, (done, total) -> stopIfInterrupted()));
            return new Evaluation(
                    measured.loss(),
                    Math.exp(measured.loss()),
                    measured.accuracy(),
                    measured.tokens(),
                    measured.samples(),
                    records.report().warnings("--max-length"));
        }
    }

    @Override
    public void generate(
            GenerationRequest request,
            CheckpointFormat format,
            Collection<TuningStrategy> strategies,
            Consumer<String> continuation)
            throws IOException, InterruptedException {
        Base base = Base.open(request.model(), format);
        try (Tokenizer tokenizer = tokenizer(base)) {
            int[] prompt = tokenizer.encode(request.prompt());
            int limit = base.architecture().positions();
            if (prompt.length == 0 || prompt.length >= limit) {
                throw new Refusal("the prompt has " + prompt.length + " tokens; the model at " + request.model()
                        + " takes 1 to " + (limit - 1));
            }
            Sampler sampler = new Sampler(request.temperature(), request.seed());
            with(base, format, request.adapter(), strategies, (model, trained) -> {
                Continuation text = new Continuation(tokenizer, prompt, continuation);
                long[] ids = Arrays.stream(prompt).asLongStream().toArray();
                for (int made = 0; made < request.maxTokens() && ids.length < limit; made++) {
                    stopIfInterrupted();
                    int next = sampler.next(model.nextLogits(ids, trained.list()));
                    if (tokenizer.endOfSequence().isPresent()
                            && next == tokenizer.endOfSequence().getAsInt()) {
                        break;
                    }
                    ids = Arrays.copyOf(ids, ids.length + 1);
                    ids[ids.length - 1] = next;
                    text.add(next);
                }
                text.finish();
                return Boolean.TRUE;
            });
        }
    }

    private interface Work<R> {
        R with(Model model, Trained trained);
    }

    private <R> R with(
            Base base,
            CheckpointFormat format,
            Optional<Path> adapter,
            Collection<TuningStrategy> strategies,
            Work<R> work)
            throws IOException, InterruptedException {
        try {
            if (adapter.isEmpty()) {
                return with(base, new Nothing(), Optional.empty(), work);
            }
            try (TensorReader reader = format.open(adapter.get())) {
                Tuning tuning = AdapterStrategy.of(reader.manifest(), adapter.get(), strategies)
                        .apply(strategy -> strategy.plan(base, reader.manifest()));
                return with(base, tuning, Optional.of(reader), work);
            }
        } catch (CancellationException e) {
            InterruptedException interrupted = new InterruptedException("stopped");
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    private <R> R with(Base base, Tuning tuning, Optional<TensorReader> values, Work<R> work) throws IOException {
        List<TensorSpec> tensors = tuning.manifest().tensors();
        Adaptation adaptation = Adaptation.of(base.architecture(), tuning.overlays(), tuning.weights(), tensors);
        try (Bases.Use use = bases.use(engine, base, Precision.FP32, adaptation.frozen(false));
                Model model = Model.of(engine, base.architecture(), Precision.FP32, adaptation, use);
                Memory memory = new Memory(engine);
                NDManager owner = model.newManager();
                Trained trained = values.isPresent()
                        ? Trained.read(memory, owner, tensors, values.get())
                        : Trained.zeros(memory, owner, tensors)) {
            return work.with(model, trained);
        }
    }

    /** The base as it is. */
    private record Nothing() implements Tuning {

        @Override
        public Manifest manifest() {
            return new Manifest("", List.of(), List.of(), "");
        }

        @Override
        public List<Overlay> overlays() {
            return List.of();
        }

        @Override
        public void initial(TensorSpec tensor, float[] into) {
            throw new IllegalStateException("there is no " + tensor.name());
        }
    }

    private static Tokenizer tokenizer(Base base) {
        return Tokenizer.from(new Manifest("", List.of(), base.companions(), ""), base.location());
    }

    private static void stopIfInterrupted() {
        if (Thread.interrupted()) {
            throw new CancellationException("interrupted");
        }
    }
}
