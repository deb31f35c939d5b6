package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.training.Trainer;
import io.weft.api.training.Training;
import io.weft.api.training.TrainingSetup;
import io.weft.client.TrainingProgram;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Component;

/** Trains in a program that is a plugin, in the site's own process. */
@Component(service = Trainer.class, property = Plugin.NAME + "=in-process")
public final class InProcessTrainer implements Trainer {

    @Override
    public Class<? extends Annotation> options() {
        return TrainingProgram.Settings.class;
    }

    @Override
    public Training open(JobContext job, TrainingSetup setup) throws IOException {
        TrainingProgram.Settings settings = job.options(TrainingProgram.Settings.class);
        TrainingSetup.Workplace place = setup.workplace()
                .orElseThrow(
                        () -> new Refusal("this site has no place for models under way; train with the trainer lm"));
        Base base = Base.of(job, setup);
        Partner<TrainingProgram> program = job.partner(TrainingProgram.class, settings.program(), "trainer");
        List<String> arguments = List.of(settings.arguments());
        Limits limits = new Limits(
                Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, settings.taskSeconds(), settings.stopSeconds());
        Launch launch = (welcome, reports) -> new ProgramThread(
                settings.program(), program.plugin(), arguments, Program.log(place), job, limits, welcome, reports);
        return new ProcessTraining(job, setup, place, base, launch, new Terms(false, settings.restarts(), Map.of()));
    }
}
