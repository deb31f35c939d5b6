package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.training.Training;
import io.weft.api.training.TrainingSetup;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;

/** One job at one site, done by a program. It is started at the first task and, unless the job says otherwise, stays. */
final class ProcessTraining implements Training {

    private static final String STEPS = "NUM_STEPS_CURRENT_ROUND";
    private static final String SAMPLES = "NUM_SAMPLES_CURRENT_ROUND";
    private static final String TOKENS = "NUM_TOKENS_CURRENT_ROUND";
    private static final String VALIDATION = "validation_";

    private final JobContext job;
    private final TrainingSetup setup;
    private final TrainingSetup.Workplace place;
    private final Base base;
    private final Launch launch;
    private final Terms terms;
    private final Handover handover;
    private Optional<RunningProgram> running = Optional.empty();

    ProcessTraining(
            JobContext job, TrainingSetup setup, TrainingSetup.Workplace place, Base base, Launch launch, Terms terms) {
        this.job = job;
        this.setup = setup;
        this.place = place;
        this.base = base;
        this.launch = launch;
        this.terms = terms;
        this.handover = new Handover(place.scratch(), base.handed());
    }

    @Override
    public Manifest manifest() {
        return base.manifest();
    }

    @Override
    public void initial(TensorWriter out) throws IOException {
        base.write(out);
    }

    @Override
    public Outcome train(Task task, TensorReader received, TensorWriter update) throws IOException {
        Map<String, Object> answer = answered(task, received);
        Path file = handover.answer();
        if (!answer.containsKey("model") || !Files.exists(file)) {
            throw new Refusal("the program answered round " + task.round()
                    + " without params; a train task is answered with weft.send(weft.FLModel(params=…))");
        }
        handover.take(file, Boolean.TRUE.equals(answer.get("difference")), received, update);
        return outcome(answer, "");
    }

    @Override
    public Outcome validate(Task task, TensorReader received) throws IOException {
        return outcome(answered(task, received), VALIDATION);
    }

    private Map<String, Object> answered(Task task, TensorReader received) throws IOException {
        Files.createDirectories(place.scratch());
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("type", "task");
        told.put("task", task.kind());
        told.put("round", task.round());
        told.put("rounds", task.rounds());
        told.put("model", handover.give(received).toString());
        if (task.kind().equals(Task.TRAIN)) {
            told.put("update", handover.answer().toAbsolutePath().toString());
        }
        for (int restarts = 0; ; restarts++) {
            try {
                Map<String, Object> answer = started().ask(told);
                if (terms.perTask()) {
                    finish();
                }
                return answer;
            } catch (ProgramFailed e) {
                RunningProgram failed = running.orElseThrow();
                failed.drop();
                if (restarts == terms.restarts()) {
                    throw new Refusal(e.getMessage(), e);
                }
                job.note(e.getMessage() + "; " + failed.again() + " (" + (restarts + 1) + " of " + terms.restarts()
                        + " times in this round)");
            } catch (InterruptedException e) {
                stop();
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while the trainer's program was running");
            } catch (CancellationException e) {
                stop();
                throw e;
            }
        }
    }

    private RunningProgram started() throws IOException {
        if (running.filter(RunningProgram::usable).isEmpty()) {
            stop();
            running = Optional.of(launch.start(welcome(), message -> Writing.pass(message, job)));
        }
        return running.get();
    }

    private Map<String, Object> welcome() {
        Map<String, Object> welcome = new LinkedHashMap<>();
        welcome.put("type", "welcome");
        welcome.put("protocol", ControlSocket.PROTOCOL);
        welcome.put("job", job.job());
        welcome.put("site", job.site().orElse(""));
        welcome.put("rounds", job.rounds());
        welcome.putAll(terms.welcome());
        welcome.put("config", setup.job());
        Map<String, Object> datasets = new LinkedHashMap<>();
        setup.datasets()
                .forEach((role, files) -> datasets.put(
                        role,
                        files.stream()
                                .map(file -> file.toAbsolutePath().toString())
                                .toList()));
        welcome.put("datasets", datasets);
        place.data().ifPresent(data -> welcome.put("data", data.toAbsolutePath().toString()));
        return welcome;
    }

    private static Outcome outcome(Map<String, Object> answer, String prefix) {
        SortedMap<String, Double> metrics = new TreeMap<>();
        if (answer.get("metrics") instanceof Map<?, ?> given) {
            given.forEach((name, value) -> {
                String key = String.valueOf(name);
                metrics.put(key.startsWith(prefix) ? key : prefix + key, number(value));
            });
        }
        Map<?, ?> meta = answer.get("meta") instanceof Map<?, ?> given ? given : Map.of();
        return new Outcome(count(meta, STEPS, 1), count(meta, SAMPLES, 0), count(meta, TOKENS, 0), metrics);
    }

    private static double number(Object value) {
        try {
            return value instanceof Number number ? number.doubleValue() : Double.parseDouble(String.valueOf(value));
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    /** A count of {@code meta}; a share counts as the nearest whole number. */
    private static long count(Map<?, ?> meta, String key, long otherwise) {
        if (!meta.containsKey(key)) {
            return otherwise;
        }
        double value = number(meta.get(key));
        if (!(value >= 0 && value <= Long.MAX_VALUE)) {
            throw new Refusal("the program sent " + key + " = " + meta.get(key) + "; allowed: a number from 0");
        }
        return Math.round(value);
    }

    /** Lets the program end in its own time. */
    private void finish() {
        Optional<RunningProgram> last = running;
        running = Optional.empty();
        last.ifPresent(RunningProgram::end);
    }

    private void stop() {
        Optional<RunningProgram> last = running;
        running = Optional.empty();
        last.ifPresent(RunningProgram::close);
    }

    @Override
    public void close() {
        try (base) {
            finish();
        }
    }
}
