package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.training.CheckpointFormat;
import io.weft.api.training.Trainer;
import io.weft.api.training.Training;
import io.weft.api.training.TrainingSetup;
import io.weft.client.ClientLibrary;
import io.weft.tensor.Digests;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.FieldOption;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Trains in a program of the job's own: a Python script, {@code torchrun}, a Java program, whatever speaks the Client API. */
@Component(service = Trainer.class, property = Plugin.NAME + "=process")
public final class ProcessTrainer implements Trainer {

    /** They come and go with their bundles. */
    @Reference(
            service = ClientLibrary.class,
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            fieldOption = FieldOption.UPDATE)
    private final List<ClientLibrary> libraries = new CopyOnWriteArrayList<>();

    @Override
    public Class<? extends Annotation> options() {
        return ProcessOptions.class;
    }

    @Override
    public Training open(JobContext job, TrainingSetup setup) throws IOException {
        List<String> command = command(setup);
        if (command.isEmpty() && job.options(ProcessOptions.class).start() != ProcessOptions.Start.ATTACH) {
            throw new Refusal("the trainer process has no program: give trainer.command, such as [python3, train.py],"
                    + " or start: attach for one that somebody else starts");
        }
        TrainingSetup.Workplace place = setup.workplace()
                .orElseThrow(() -> new Refusal("this site runs no programs of a job's own; train with the trainer lm"));
        Path base =
                setup.base().orElseThrow(() -> new Refusal("the trainer process needs a first model: give model.base"));
        Map<?, ?> model = (Map<?, ?>) setup.job().get("model");
        Partner<CheckpointFormat> format =
                job.partner(CheckpointFormat.class, String.valueOf(model.get("backend")), "model");
        // With a strategy other sites may train without a program, and compare their base with this one's.
        boolean digested = model.containsKey("digest") || setup.job().containsKey("strategy");
        Manifest manifest = manifest(format, base, digested);
        Program program = new Program(command, place, setup.parallel(), List.copyOf(libraries));
        return new ProcessTraining(job, setup, place, base, format, manifest, program);
    }

    private static List<String> command(TrainingSetup setup) {
        return setup.job().get("trainer") instanceof Map<?, ?> trainer
                        && trainer.get("command") instanceof List<?> words
                ? words.stream().map(String::valueOf).toList()
                : List.of();
    }

    /** What the base's format says. Its digest is taken only where somebody compares it: else the model comes with the job. */
    private static Manifest manifest(Partner<CheckpointFormat> format, Path base, boolean digested) throws IOException {
        try (TensorReader reader = format.plugin().open(base)) {
            Manifest found = reader.manifest();
            if (found.tensors().isEmpty()) {
                throw new Refusal(base + " has no tensors; there is nothing to train");
            }
            return new Manifest(found.layout(), found.tensors(), found.companions(), digested ? digest(base) : "");
        }
    }

    private static String digest(Path base) throws IOException {
        return Files.isDirectory(base) ? Digests.base(base) : Digests.of(base);
    }
}
