package io.weft.api.testing;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.plugin.StateStore;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import java.lang.annotation.Annotation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** A job of three rounds at the server, for tests: options checked as a job file's are, state in memory, notes kept. */
public final class TestJob implements JobContext {

    private static final int ROUNDS = 3;

    private final Map<String, Object> options;
    private final List<String> notes = new ArrayList<>();
    private Optional<MemoryTensors> committed = Optional.empty();
    private Optional<MemoryTensors> next = Optional.empty();

    /**
     * @param options what the job file gives; every other option has its default
     */
    public TestJob(Map<String, Object> options) {
        this.options = Map.copyOf(options);
    }

    /** What the round kept is what the next one starts from. */
    public void commit() {
        next.ifPresent(MemoryTensors::commit);
        committed = next.or(() -> committed);
        next = Optional.empty();
    }

    @Override
    public String job() {
        return "test";
    }

    @Override
    public Optional<String> site() {
        return Optional.empty();
    }

    @Override
    public int rounds() {
        return ROUNDS;
    }

    @Override
    public <A extends Annotation> A options(Class<A> type) {
        return TestOptions.bind(type, options);
    }

    @Override
    public RandomGenerator random(String purpose, int round) {
        return new SplittableRandom(31L * purpose.hashCode() + round);
    }

    @Override
    public RandomGenerator sharedRandom(String purpose) {
        return new SplittableRandom(purpose.hashCode());
    }

    @Override
    public StateStore state() {
        return new StateStore() {
            @Override
            public Optional<TensorReader> committed() {
                return committed.map(tensors -> tensors);
            }

            @Override
            public TensorWriter next(List<TensorSpec> tensors) {
                MemoryTensors started = new MemoryTensors(tensors);
                next = Optional.of(started);
                return started;
            }
        };
    }

    @Override
    public <P extends Plugin> Partner<P> partner(Class<P> kind, String name, String section) {
        throw new Refusal("in this test there is no " + kind.getSimpleName() + " '" + name + "'");
    }

    @Override
    public void report(String metric, double value) {}

    @Override
    public void progress(String activity, long done, long total, Map<String, Double> values) {}

    @Override
    public void note(String message) {
        notes.add(message);
    }

    /** What the plugin has told who watches. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    @Override
    public void checkCancelled() {}
}
