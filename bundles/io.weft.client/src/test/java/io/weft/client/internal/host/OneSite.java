package io.weft.client.internal.host;

import io.weft.api.plugin.Partner;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.CheckpointFormat;
import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.training.TrainingSetup;
import io.weft.client.ClientLibrary;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A site that has received the model w = 1, 2, 3, 4, and runs a program on it. */
final class OneSite {

    private static final Manifest MANIFEST =
            new Manifest("model.safetensors", List.of(FakeProgram.WEIGHT), List.of(), "");

    private final Path root;
    private final TrainingSetup.Workplace place;

    private OneSite(Path root, TrainingSetup.Workplace place) {
        this.root = root;
        this.place = place;
    }

    static OneSite in(Path root) throws IOException {
        Path scratch = Files.createDirectories(root.resolve("scratch"));
        OneSite site = new OneSite(
                root,
                new TrainingSetup.Workplace(
                        root.resolve("work"), scratch, Optional.of(root.resolve("files")), Optional.of(root)));
        Files.createDirectories(root.resolve("files"));
        try (TensorWriter out = Safetensors.createScratch(site.received(), MANIFEST.tensors())) {
            out.write(FakeProgram.WEIGHT, 0, new float[] {1, 2, 3, 4}, 4);
            out.commit();
        }
        return site;
    }

    /** The program's working folder. */
    Path work() {
        return place.folder();
    }

    /** Where the files lie that travelled with the job. */
    Path files() {
        return root.resolve("files");
    }

    private Path received() {
        return place.scratch().resolve("model.safetensors");
    }

    private Path update() {
        return place.scratch().resolve("update.safetensors");
    }

    ProcessTraining training(FakeJob job, List<String> command, ClientLibrary... libraries) {
        return training(job, command, () -> {}, libraries);
    }

    /** @param starting is run whenever the program is started */
    ProcessTraining training(FakeJob job, List<String> command, Runnable starting, ClientLibrary... libraries) {
        TrainingSetup setup = new TrainingSetup(
                Map.of("trainer", Map.of("command", command)),
                Optional.empty(),
                new TreeMap<>(),
                1,
                Optional.of(place));
        Program program = new Program(command, place, 1, List.of(libraries));
        Launch launch = ProcessTrainer.launch(program, place, job);
        Launch told = (welcome, reports) -> {
            starting.run();
            return launch.start(welcome, reports);
        };
        return training(job, setup, told, Terms.of(job.options(ProcessOptions.class)));
    }

    ProcessTraining training(FakeJob job, Launch launch, Terms terms) {
        return training(job, new TrainingSetup(Map.of(), Optional.empty(), new TreeMap<>(), 1), launch, terms);
    }

    private ProcessTraining training(FakeJob job, TrainingSetup setup, Launch launch, Terms terms) {
        Partner<CheckpointFormat> unused = new Partner<>(null, job);
        return new ProcessTraining(job, setup, place, new CheckpointBase(root, unused, MANIFEST), launch, terms);
    }

    Outcome train(ProcessTraining training, int round) throws IOException {
        try (TensorReader received = Safetensors.open(received());
                TensorWriter update = Safetensors.createScratch(update(), MANIFEST.tensors())) {
            Outcome outcome = training.train(Task.of(round, 3, Task.TRAIN), received, update);
            update.commit();
            return outcome;
        }
    }

    Outcome validate(ProcessTraining training, int round) throws IOException {
        try (TensorReader received = Safetensors.open(received())) {
            return training.validate(Task.of(round, 3, Task.VALIDATE), received);
        }
    }

    /** What the last training made of the model. */
    float[] updated() throws IOException {
        float[] values = new float[4];
        try (TensorReader update = Safetensors.open(update())) {
            update.read(FakeProgram.WEIGHT, 0, values, 4);
        }
        return values;
    }

    String log() throws IOException {
        return Files.readString(place.folder().resolve("trainer.log"));
    }
}
