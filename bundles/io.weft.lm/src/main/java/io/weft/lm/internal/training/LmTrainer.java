package io.weft.lm.internal.training;

import ai.djl.engine.Engine;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.training.Trainer;
import io.weft.api.training.Training;
import io.weft.api.training.TrainingSetup;
import io.weft.lm.internal.model.Base;
import io.weft.lm.internal.program.Bases;
import io.weft.lm.internal.program.Precision;
import io.weft.lm.internal.program.Turns;
import io.weft.lm.internal.text.Records;
import io.weft.lm.internal.text.Templates;
import io.weft.lm.internal.text.Tokenizer;
import io.weft.lm.tuning.LinearOverlay;
import io.weft.lm.tuning.Script;
import io.weft.lm.tuning.Tuning;
import io.weft.lm.tuning.TuningStrategy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Trains language models with DJL in this JVM. */
@Component(service = Trainer.class, property = Plugin.NAME + "=lm")
public final class LmTrainer implements Trainer {

    private final Supplier<Engine> engine;
    private final Bases bases = new Bases();
    private final Turns turns = new Turns();
    /** Digests of bases that were looked through: the sites of a simulation share theirs. */
    private final Set<String> finite = ConcurrentHashMap.newKeySet();

    @Activate
    public LmTrainer(@Reference(service = Engine.class) ComponentServiceObjects<Engine> engine) {
        // Asking for the service loads libtorch: not before somebody trains.
        this(engine::getService);
    }

    private LmTrainer(Supplier<Engine> engine) {
        this.engine = engine;
    }

    /** A trainer outside a framework. No constructor, because Declarative Services complains of a public one that it cannot call. */
    public static LmTrainer with(Supplier<Engine> engine) {
        return new LmTrainer(engine);
    }

    @Override
    public Training open(JobContext job, TrainingSetup setup) throws IOException {
        Settings settings = Settings.of(setup.job());
        Path folder = setup.base().orElseThrow(() -> new Refusal("the trainer lm needs a base model: give model.base"));
        Precision precision = Precision.named(settings.precision());
        refuseUnknownTemplate(settings.template());
        Partners partners = Partners.of(job, settings.format(), settings.strategy());
        Partner<TuningStrategy> strategy = partners.strategy();
        Base base =
                Base.open(folder, partners.format().plugin(), setup.baseName().orElse(folder.toString()));
        if (!finite.contains(base.digest())) {
            base.requireFinite();
            finite.add(base.digest());
        }
        Tuning tuning = strategy.plugin().plan(base, strategy.job());
        noteAutograd(job, settings.strategy(), tuning);
        int maxLength = maxLength(settings, base);
        Supplier<Engine> loaded = engine;
        Optional<Records> training = Optional.empty();
        Optional<Records> validation = Optional.empty();
        if (!setup.datasets().isEmpty()) {
            // The tokenizer is native, too, and comes with the engine.
            Engine ready = engine.get();
            loaded = () -> ready;
            Manifest files = new Manifest("", List.of(), base.companions(), "");
            try (Tokenizer tokenizer = Tokenizer.from(files, base.location())) {
                training = records(job, setup, TrainingSetup.TRAIN, tokenizer, settings, maxLength);
                validation = records(job, setup, TrainingSetup.VALIDATE, tokenizer, settings, maxLength);
            }
        }
        return new LmTraining(
                job, loaded, bases, turns, base, tuning, settings, precision, maxLength, training, validation);
    }

    private static void noteAutograd(JobContext job, String strategy, Tuning tuning) {
        tuning.overlays().stream()
                .filter(overlay -> overlay instanceof LinearOverlay)
                .map(overlay -> ((LinearOverlay) overlay).script())
                .filter(script -> !script.differentiated())
                .map(Script::name)
                .distinct()
                .forEach(name -> job.note("strategy '" + strategy + "': its overlay '" + name
                        + "' has no backward of its own, so autograd takes the gradients, which is slower"));
    }

    private static void refuseUnknownTemplate(Optional<String> template) {
        if (template.isPresent() && !Templates.list().contains(template.get())) {
            throw Refusal.of("data.template", Templates.unknown(template.get()));
        }
    }

    private static int maxLength(Settings settings, Base base) {
        int limit = base.architecture().positions();
        int length = settings.maxLength().orElse(Math.min(Records.USUAL_LENGTH, limit));
        if (length > limit) {
            throw Refusal.of(
                    "data.maxLength",
                    length + " is more than the " + limit + " tokens that the model at " + base.location()
                            + " has positions for");
        }
        return length;
    }

    private static Optional<Records> records(
            JobContext job, TrainingSetup setup, String dataset, Tokenizer tokenizer, Settings settings, int maxLength)
            throws IOException {
        List<Path> files = setup.datasets().get(dataset);
        if (files == null) {
            return Optional.empty();
        }
        Records records = Records.load(files, tokenizer, settings.template(), maxLength);
        records.report().warnings().forEach(warning -> job.note("data." + dataset + ": " + warning));
        return Optional.of(records);
    }
}
