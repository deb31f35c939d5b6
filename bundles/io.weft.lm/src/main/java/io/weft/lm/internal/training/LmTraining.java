package io.weft.lm.internal.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.training.Training;
import io.weft.lm.internal.model.Base;
import io.weft.lm.internal.program.Adaptation;
import io.weft.lm.internal.program.Bases;
import io.weft.lm.internal.program.Measurement;
import io.weft.lm.internal.program.Memory;
import io.weft.lm.internal.program.Model;
import io.weft.lm.internal.program.Precision;
import io.weft.lm.internal.program.Trained;
import io.weft.lm.internal.program.Turns;
import io.weft.lm.internal.text.Batches;
import io.weft.lm.internal.text.Example;
import io.weft.lm.internal.text.Packed;
import io.weft.lm.internal.text.Records;
import io.weft.lm.tuning.Tuning;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/** One job at one site. The model is compiled and its base loaded at the first task that computes, and kept until closing. */
final class LmTraining implements Training {

    private static final int LARGEST_PACK = 4096;
    private static final int PIECE = 1 << 20;

    private final JobContext job;
    private final Supplier<Engine> engine;
    private final Bases bases;
    private final Turns turns;
    private final Base base;
    private final Tuning tuning;
    private final Manifest manifest;
    private final Settings settings;
    private final Precision precision;
    private final int packTokens;
    private final List<Example> examples;
    private final Optional<List<Example>> validation;
    private final List<TensorSpec> trained;
    private final Adaptation adaptation;
    private Optional<Model> model = Optional.empty();

    LmTraining(
            JobContext job,
            Supplier<Engine> engine,
            Bases bases,
            Turns turns,
            Base base,
            Tuning tuning,
            Settings settings,
            Precision precision,
            int maxLength,
            Optional<Records> examples,
            Optional<Records> validation) {
        this.job = job;
        this.engine = engine;
        this.bases = bases;
        this.turns = turns;
        this.base = base;
        this.tuning = tuning;
        this.settings = settings;
        this.precision = precision;
        this.packTokens = Math.min(LARGEST_PACK, Math.max(settings.batch() * maxLength, maxLength));
        this.examples = examples.map(Records::examples).orElse(List.of());
        this.validation = validation.map(Records::examples);
        Manifest planned = tuning.manifest();
        this.manifest = new Manifest(planned.layout(), planned.tensors(), planned.companions(), base.digest());
        this.trained = manifest.tensors().stream()
                .filter(tensor -> !tensor.section().equals(TensorSpec.FROZEN))
                .toList();
        this.adaptation = Adaptation.of(base.architecture(), tuning.overlays(), tuning.weights(), trained);
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public void initial(TensorWriter out) throws IOException {
        Map<TensorSpec, String> ofBase = new HashMap<>();
        tuning.weights().forEach((name, tensor) -> ofBase.put(tensor, base.stored(name)));
        try (TensorReader reader = base.open()) {
            for (TensorSpec spec : manifest.tensors()) {
                TensorSpec asked = asked(out, spec);
                if (spec.section().equals(TensorSpec.FROZEN)) {
                    copyBytes(reader, reader.manifest().tensor(spec.name()).orElseThrow(), asked, out);
                } else if (ofBase.containsKey(spec)) {
                    copy(reader, reader.manifest().tensor(ofBase.get(spec)).orElseThrow(), asked, out);
                } else {
                    float[] values = new float[Math.toIntExact(spec.elements())];
                    tuning.initial(spec, values);
                    out.write(asked, 0, values, values.length);
                }
            }
        }
    }

    private static TensorSpec asked(TensorWriter out, TensorSpec spec) {
        return out.manifest().tensors().stream()
                .filter(tensor ->
                        tensor.section().equals(spec.section()) && tensor.name().equals(spec.name()))
                .findFirst()
                .orElseThrow();
    }

    private static void copy(TensorReader reader, TensorSpec from, TensorSpec to, TensorWriter out) throws IOException {
        float[] piece = new float[PIECE];
        for (long done = 0; done < from.elements(); done += PIECE) {
            int count = (int) Math.min(PIECE, from.elements() - done);
            reader.read(from, done, piece, count);
            out.write(to, done, piece, count);
        }
    }

    private static void copyBytes(TensorReader reader, TensorSpec from, TensorSpec to, TensorWriter out)
            throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        for (long done = 0; done < from.bytes(); done += PIECE) {
            piece.clear().limit((int) Math.min(PIECE, from.bytes() - done));
            reader.readBytes(from, done, piece);
            out.writeBytes(to, done, piece.flip());
        }
    }

    @Override
    public Outcome validate(Task task, TensorReader received) throws IOException {
        SortedMap<String, Double> metrics = new TreeMap<>();
        Model computing = model();
        try (Memory memory = new Memory(engine.get());
                NDManager owner = computing.newManager();
                Trained values = Trained.read(memory, owner, trained, received)) {
            long tokens = measure(computing, values, metrics);
            return new Outcome(0, validation.map(List::size).orElse(0), tokens, metrics);
        } finally {
            FreedMemory.giveBack();
        }
    }

    @Override
    public Outcome train(Task task, TensorReader received, TensorWriter update) throws IOException {
        SortedMap<String, Double> metrics = new TreeMap<>();
        Model computing = model();
        try (Memory memory = new Memory(engine.get());
                NDManager owner = computing.newManager();
                Trained values = Trained.read(memory, owner, trained, received)) {
            measure(computing, values, metrics);
            Totals totals = new Totals();
            long steps = stepsPerRound();
            if (steps > 0) {
                train(task, computing, memory, owner, values, totals, steps);
            }
            values.write(memory, update);
            totals.addTo(metrics);
            return new Outcome(totals.steps, totals.samples, totals.labelled, metrics);
        } finally {
            FreedMemory.giveBack();
        }
    }

    private void train(
            Task task, Model computing, Memory memory, NDManager owner, Trained values, Totals totals, long steps)
            throws IOException {
        Optional<TensorReader> earlier = settings.keepState() ? job.state().committed() : Optional.empty();
        try (Trained gradients = Trained.zeros(memory, owner, trained);
                Stepper stepper = stepper(memory, owner, earlier)) {
            if (earlier.isPresent()) {
                earlier.get().close();
            }
            Schedule schedule =
                    Schedule.of(settings.shape(), settings.learningRate(), settings.warmup(), steps * task.rounds());
            Masks masks = new Masks(adaptation.masks());
            long step = 0;
            for (int epoch = 0; step < steps; epoch++) {
                List<List<Example>> epochSteps = Batches.steps(
                        examples,
                        settings.batch() * settings.accumulate(),
                        job.random("shuffle/" + epoch, task.round()));
                for (List<Example> records : epochSteps) {
                    if (step == steps) {
                        break;
                    }
                    job.checkCancelled();
                    double rate = schedule.rate((task.round() - 1) * steps + step);
                    try (Turns.Turn turn = turns.take()) {
                        long start = System.nanoTime();
                        step(task, computing, values, gradients, masks, records, step, totals);
                        stepper.apply(computing, values, gradients, rate, settings.clip());
                        totals.stepTook(System.nanoTime() - start);
                    }
                    step++;
                    job.progress("train", step, steps, totals.shown(rate));
                }
            }
            if (settings.keepState() && !stepper.state().isEmpty()) {
                try (TensorWriter next = job.state().next(stepper.state())) {
                    stepper.write(memory, next);
                    next.commit();
                }
            }
        }
    }

    private Stepper stepper(Memory memory, NDManager owner, Optional<TensorReader> earlier) throws IOException {
        if (settings.optimizer() instanceof Settings.AdamW adamW) {
            return new AdamWStepper(adamW, memory, owner, trained, earlier);
        }
        return new SgdStepper((Settings.Sgd) settings.optimizer());
    }

    /** The gradients of the mean loss over all labelled tokens of the step's records, however they are packed. */
    private void step(
            Task task,
            Model computing,
            Trained values,
            Trained gradients,
            Masks masks,
            List<Example> records,
            long step,
            Totals totals) {
        long labelled = records.stream().mapToLong(Example::labelled).sum();
        double scale = labelled == 0 ? 0 : 1.0 / labelled;
        double loss = 0;
        List<Packed> packs = Packed.pack(records, packTokens);
        for (int i = 0; i < packs.size(); i++) {
            Packed pack = packs.get(i);
            String purpose = "dropout/" + step + "/" + i + "/";
            try (NDManager drawing = computing.newManager()) {
                loss += computing.step(
                        pack,
                        scale,
                        i == 0,
                        values.list(),
                        gradients.list(),
                        masks.draw(drawing, pack.rows(), module -> job.random(purpose + module, task.round())));
            }
            totals.tokens(pack.tokens());
        }
        if (!Double.isFinite(loss)) {
            throw new Refusal("the loss of step " + (step + 1) + " of round " + task.round()
                    + " is not finite; lower train.lr, or set train.clip");
        }
        totals.add(loss, labelled, records.size());
    }

    /** Validates, where there is validation data; returns the labelled tokens. */
    private long measure(Model computing, Trained values, SortedMap<String, Double> metrics) {
        if (validation.isEmpty()) {
            return 0;
        }
        long start = System.nanoTime();
        Measurement measured = Measurement.of(computing, values, validation.get(), turns, (done, total) -> {
            job.checkCancelled();
            job.progress("validate", done, total, Map.of());
        });
        metrics.put(Outcome.VALIDATION_LOSS, measured.loss());
        metrics.put(Outcome.VALIDATION_TOKEN_ACCURACY, measured.accuracy());
        metrics.put(Outcome.VALIDATION_TOKENS, (double) measured.tokens());
        metrics.put(Outcome.VALIDATION_SECONDS, (System.nanoTime() - start) / 1e9);
        return measured.tokens();
    }

    private long stepsPerRound() {
        if (settings.steps().isPresent() && settings.steps().getAsInt() == 0) {
            return 0;
        }
        if (examples.isEmpty()) {
            throw new Refusal("this site has no training records: give data.train a dataset that it has");
        }
        int perStep = settings.batch() * settings.accumulate();
        long perEpoch = (examples.size() + perStep - 1L) / perStep;
        return settings.steps().isPresent()
                ? settings.steps().getAsInt()
                : perEpoch * settings.epochs().orElse(1);
    }

    private Model model() throws IOException {
        if (model.isEmpty()) {
            try (Turns.Turn turn = turns.take()) {
                model = Optional.of(compiled());
            }
        }
        return model.get();
    }

    private Model compiled() throws IOException {
        Bases.Use use = bases.use(engine.get(), base, precision, adaptation.frozen(true));
        try {
            return Model.of(engine.get(), base.architecture(), precision, adaptation, use);
        } catch (RuntimeException e) {
            use.close();
            throw e;
        }
    }

    @Override
    public void close() {
        model.ifPresent(Model::close);
        model = Optional.empty();
    }

    /** What a task has done so far. */
    private static final class Totals {

        private double loss;
        private double lastLoss;
        private long labelled;
        private long samples;
        private long steps;
        private long stepTokens;
        private long timedTokens;
        private long timedNanos;
        private long allNanos;

        void tokens(int count) {
            stepTokens += count;
        }

        void add(double stepLoss, long stepLabelled, int records) {
            loss += stepLoss;
            lastLoss = stepLoss / Math.max(1, stepLabelled);
            labelled += stepLabelled;
            samples += records;
        }

        /** The first step is left out of the speed: kernels are made in it. */
        void stepTook(long nanos) {
            if (steps > 0) {
                timedTokens += stepTokens;
                timedNanos += nanos;
            }
            allNanos += nanos;
            stepTokens = 0;
            steps++;
        }

        Map<String, Double> shown(double rate) {
            Map<String, Double> shown = new HashMap<>(Map.of("loss", lastLoss, "learningRate", rate));
            if (timedNanos > 0) {
                shown.put("tokensPerSecond", timedTokens / (timedNanos / 1e9));
            }
            return shown;
        }

        void addTo(SortedMap<String, Double> metrics) {
            metrics.put(Outcome.TRAIN_SECONDS, allNanos / 1e9);
            if (labelled > 0) {
                metrics.put(Outcome.TRAIN_LOSS, loss / labelled);
            }
            if (timedNanos > 0) {
                metrics.put(Outcome.TOKENS_PER_SECOND, timedTokens / (timedNanos / 1e9));
            }
        }
    }
}
