package io.weft.simulate.internal;

import io.weft.api.plugin.JobContext;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A trainer with momentum: what it makes of a round depends on what it kept of the rounds before. */
class RememberingTrainer extends FakeTrainer {

    private static final TensorSpec MOMENTUM = TensorSpec.of("momentum", DType.F32, Shape.of(1));

    private final Map<String, Float> momentum = new ConcurrentHashMap<>();
    private final List<String> trained = Collections.synchronizedList(new ArrayList<>());

    RememberingTrainer() {
        super(List.of(
                TensorSpec.of("b", DType.BF16, Shape.of(3, 5)), TensorSpec.of("a.weight", DType.BF16, Shape.of(700))));
    }

    /** "north 2", once for every time that the site was asked to train in the round. */
    List<String> trained() {
        return List.copyOf(trained);
    }

    /** What a test does before a site trains; the state of the round is not written then. */
    protected void training(String site, int round) throws IOException {}

    @Override
    protected final void beforeTraining(String site, Task task, JobContext job) throws IOException {
        trained.add(site + " " + task.round());
        training(site, task.round());
        float[] before = new float[1];
        Optional<TensorReader> committed = job.state().committed();
        if (committed.isPresent()) {
            try (TensorReader state = committed.get()) {
                state.read(MOMENTUM, 0, before, 1);
            }
        }
        float[] now = {0.9f * before[0] + task.round()};
        try (TensorWriter next = job.state().next(List.of(MOMENTUM))) {
            next.write(MOMENTUM, 0, now, 1);
            next.commit();
        }
        momentum.put(site, now[0]);
    }

    @Override
    protected final float trained(String site, float value) {
        return value + 0.01f * momentum.get(site);
    }
}
