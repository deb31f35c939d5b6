package io.weft.strategy.lora.internal;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.StateStore;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** A job at one site whose state is a file, and whose options are given. */
final class FakeJob implements JobContext {

    private final List<Plugin> plugins;
    private final LoraOptions options;
    private final Path state;
    private final int rounds;

    final List<Map<String, Double>> shown = new ArrayList<>();
    final List<String> notes = new ArrayList<>();

    FakeJob(List<Plugin> plugins, LoraOptions options, Path state, int rounds) {
        this.plugins = plugins;
        this.options = options;
        this.state = state;
        this.rounds = rounds;
    }

    @Override
    public String job() {
        return "test";
    }

    @Override
    public Optional<String> site() {
        return Optional.of("north");
    }

    @Override
    public int rounds() {
        return rounds;
    }

    @Override
    public <A extends Annotation> A options(Class<A> type) {
        return type.cast(options);
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
            public Optional<TensorReader> committed() throws IOException {
                return Files.exists(state) ? Optional.of(Safetensors.open(state)) : Optional.empty();
            }

            @Override
            public TensorWriter next(List<TensorSpec> tensors) throws IOException {
                return Safetensors.create(state, tensors);
            }
        };
    }

    @Override
    public <P extends Plugin> Partner<P> partner(Class<P> kind, String name, String section) {
        return new Partner<>(
                plugins.stream()
                        .filter(kind::isInstance)
                        .map(kind::cast)
                        .findFirst()
                        .orElseThrow(),
                this);
    }

    @Override
    public void report(String metric, double value) {}

    @Override
    public void note(String message) {
        notes.add(message);
    }

    @Override
    public void progress(String activity, long done, long total, Map<String, Double> values) {
        if (activity.equals("train")) {
            shown.add(values);
        }
    }

    @Override
    public void checkCancelled() {}
}
