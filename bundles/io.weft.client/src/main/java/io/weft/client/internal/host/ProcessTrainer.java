package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.training.Trainer;
import io.weft.api.training.Training;
import io.weft.api.training.TrainingSetup;
import io.weft.client.ClientLibrary;
import java.io.IOException;
import java.lang.annotation.Annotation;
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
        ProcessOptions options = job.options(ProcessOptions.class);
        if (command.isEmpty() && options.start() != ProcessOptions.Start.ATTACH) {
            throw new Refusal("the trainer process has no program: give trainer.command, such as [python3, train.py],"
                    + " or start: attach for one that somebody else starts");
        }
        TrainingSetup.Workplace place = setup.workplace()
                .orElseThrow(() -> new Refusal("this site runs no programs of a job's own; train with the trainer lm"));
        Program program = new Program(command, place, setup.parallel(), List.copyOf(libraries));
        return new ProcessTraining(
                job, setup, place, Base.of(job, setup), launch(program, place, job), Terms.of(options));
    }

    static Launch launch(Program program, TrainingSetup.Workplace place, JobContext job) {
        ProcessOptions options = job.options(ProcessOptions.class);
        Limits limits = Limits.of(options);
        if (options.start() == ProcessOptions.Start.ATTACH) {
            Attachment attachment = new Attachment(place.folder().resolveSibling("attach.json"));
            return (welcome, reports) -> new AttachedProgram(attachment, job, limits, welcome, reports);
        }
        return (welcome, reports) -> new StartedProgram(program, job, limits, welcome, reports);
    }

    private static List<String> command(TrainingSetup setup) {
        return setup.job().get("trainer") instanceof Map<?, ?> trainer
                        && trainer.get("command") instanceof List<?> words
                ? words.stream().map(String::valueOf).toList()
                : List.of();
    }
}
