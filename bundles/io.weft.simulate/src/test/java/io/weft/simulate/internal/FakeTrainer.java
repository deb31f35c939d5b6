package io.weft.simulate.internal;

import io.weft.api.plugin.JobContext;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.training.Trainer;
import io.weft.api.training.Training;
import io.weft.api.training.TrainingSetup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Draws every element towards the mean of the site's numbers (one a line of its training file), with some noise of the job's own:
 * what a real trainer does, but cheap. The validation loss is the mean squared distance to the numbers of the validation file.
 */
class FakeTrainer implements Trainer {

    private static final int PIECE = 1 << 14;

    private final List<TensorSpec> tensors;

    FakeTrainer(List<TensorSpec> tensors) {
        this.tensors = List.copyOf(tensors);
    }

    static FakeTrainer ofTwoTensors(DType type) {
        return new FakeTrainer(twoTensors(type));
    }

    static List<TensorSpec> twoTensors(DType type) {
        return List.of(TensorSpec.of("b", type, Shape.of(3, 5)), TensorSpec.of("a.weight", type, Shape.of(70_000)));
    }

    @Override
    public Training open(JobContext job, TrainingSetup setup) throws IOException {
        opened(job.site().orElseThrow(), setup);
        return new FakeTraining(job, setup);
    }

    /** What a test may change about a site. */
    protected void beforeTraining(String site, Task task, JobContext job) throws IOException {}

    protected void opened(String site, TrainingSetup setup) {}

    protected void closed() {}

    protected void beforeFirstModel(String site) {}

    protected void beforeValidation(String site, Task task) {}

    protected List<TensorSpec> tensors(String site) {
        return tensors;
    }

    protected List<Companion> companions() {
        return List.of(new Companion("config.json", "{}\n".getBytes(StandardCharsets.UTF_8)));
    }

    protected boolean heedsCancellation() {
        return true;
    }

    protected float trained(String site, float value) {
        return value;
    }

    protected long steps(String site, int records) {
        return records;
    }

    protected String digest(String site) {
        return "d".repeat(64);
    }

    private final class FakeTraining implements Training {

        private final JobContext job;
        private final TrainingSetup setup;
        private final String site;
        private final double[] numbers;

        FakeTraining(JobContext job, TrainingSetup setup) throws IOException {
            this.job = job;
            this.setup = setup;
            this.site = job.site().orElseThrow();
            this.numbers = numbers(setup.datasets().get(TrainingSetup.TRAIN));
        }

        @Override
        public Manifest manifest() {
            return new Manifest("model.safetensors", tensors(site), companions(), digest(site));
        }

        @Override
        public void initial(TensorWriter out) throws IOException {
            beforeFirstModel(site);
            RandomGenerator random = job.sharedRandom("initial");
            for (TensorSpec tensor : out.manifest().tensors()) {
                for (long first = 0; first < tensor.elements(); first += PIECE) {
                    float[] values = new float[(int) Math.min(PIECE, tensor.elements() - first)];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = (float) random.nextGaussian();
                    }
                    out.write(tensor, first, values, values.length);
                }
            }
        }

        @Override
        public Outcome train(Task task, TensorReader received, TensorWriter update) throws IOException {
            SortedMap<String, Double> metrics =
                    new TreeMap<>(validate(task, received).metrics());
            beforeTraining(site, task, job);
            double mean = mean(numbers);
            long steps = steps(site, numbers.length);
            RandomGenerator random = job.random("noise", task.round());
            for (TensorSpec tensor : received.manifest().tensors()) {
                for (long first = 0; first < tensor.elements(); first += PIECE) {
                    float[] values = new float[(int) Math.min(PIECE, tensor.elements() - first)];
                    received.read(tensor, first, values, values.length);
                    if (steps > 0) {
                        for (int i = 0; i < values.length; i++) {
                            double noise = 0.01 * random.nextGaussian();
                            values[i] = trained(site, (float) (values[i] + 0.5 * (mean - values[i]) + noise));
                        }
                    }
                    update.write(tensor, first, values, values.length);
                }
                job.progress("train", 1, 1, Map.of("loss", 1.0));
                if (heedsCancellation()) {
                    job.checkCancelled();
                }
            }
            metrics.put(Outcome.TRAIN_LOSS, distance(received, numbers));
            return new Outcome(steps, numbers.length, 10L * numbers.length, metrics);
        }

        @Override
        public Outcome validate(Task task, TensorReader received) throws IOException {
            beforeValidation(site, task);
            SortedMap<String, Double> metrics = new TreeMap<>();
            if (setup.datasets().containsKey(TrainingSetup.VALIDATE)) {
                double[] held = numbers(setup.datasets().get(TrainingSetup.VALIDATE));
                metrics.put(Outcome.VALIDATION_LOSS, distance(received, held));
                metrics.put(Outcome.VALIDATION_TOKENS, (double) held.length);
            }
            return new Outcome(0, 0, 0, metrics);
        }

        @Override
        public void close() {
            closed();
        }

        private double distance(TensorReader model, double[] to) throws IOException {
            float[] value = new float[1];
            model.read(model.manifest().tensors().get(0), 0, value, 1);
            double sum = 0;
            for (double number : to) {
                sum += (value[0] - number) * (value[0] - number);
            }
            return sum / to.length;
        }
    }

    private static double mean(double[] numbers) {
        double sum = 0;
        for (double number : numbers) {
            sum += number;
        }
        return sum / numbers.length;
    }

    private static double[] numbers(List<Path> files) throws IOException {
        return Files.readAllLines(files.get(0)).stream()
                .mapToDouble(Double::parseDouble)
                .toArray();
    }
}
