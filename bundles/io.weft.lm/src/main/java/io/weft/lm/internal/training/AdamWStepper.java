package io.weft.lm.internal.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.djl.Program;
import io.weft.lm.internal.program.Memory;
import io.weft.lm.internal.program.Model;
import io.weft.lm.internal.program.Trained;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** AdamW with decoupled decay (Loshchilov and Hutter 2017, https://arxiv.org/abs/1711.05101). */
final class AdamWStepper implements Stepper {

    private static final TensorSpec STEPS =
            new TensorSpec("adamw-steps", "steps", DType.F32, Shape.of(1), Collections.emptySortedMap());

    private final Settings.AdamW settings;
    private final List<TensorSpec> state;
    private final Trained first;
    private final Trained second;
    private final List<NDArray> steps;
    private final Program.Tensors stepList;
    private final Memory memory;

    /** Starts from what an earlier round left, or from nothing. */
    AdamWStepper(
            Settings.AdamW settings,
            Memory memory,
            NDManager owner,
            List<TensorSpec> trained,
            Optional<TensorReader> earlier)
            throws IOException {
        this.settings = settings;
        this.memory = memory;
        List<TensorSpec> firstSpecs = in("adamw-first", trained);
        List<TensorSpec> secondSpecs = in("adamw-second", trained);
        this.state = new ArrayList<>(firstSpecs);
        this.state.addAll(secondSpecs);
        this.state.add(STEPS);
        this.first = moments(owner, firstSpecs, earlier);
        this.second = moments(owner, secondSpecs, earlier);
        float[] taken = new float[1];
        if (earlier.isPresent()) {
            earlier.get().read(STEPS, 0, taken, 1);
        }
        this.steps = new ArrayList<>();
        for (int i = 0; i < trained.size(); i++) {
            NDArray step = memory.zeros(owner);
            memory.write(taken, step);
            steps.add(step);
        }
        this.stepList = Program.list(steps);
    }

    private Trained moments(NDManager owner, List<TensorSpec> specs, Optional<TensorReader> earlier)
            throws IOException {
        return earlier.isPresent()
                ? Trained.read(memory, owner, specs, earlier.get())
                : Trained.zeros(memory, owner, specs);
    }

    private static List<TensorSpec> in(String section, List<TensorSpec> trained) {
        return trained.stream()
                .map(spec ->
                        new TensorSpec(section, spec.name(), DType.F32, spec.shape(), Collections.emptySortedMap()))
                .toList();
    }

    @Override
    public List<TensorSpec> state() {
        return List.copyOf(state);
    }

    @Override
    public double apply(Model model, Trained trained, Trained gradients, double rate, double clip) {
        return model.update(
                "adamw",
                trained.list(),
                gradients.list(),
                first.list(),
                second.list(),
                stepList,
                rate,
                settings.beta1(),
                settings.beta2(),
                settings.epsilon(),
                settings.weightDecay(),
                clip);
    }

    @Override
    public void write(Memory into, TensorWriter writer) throws IOException {
        first.write(into, writer);
        second.write(into, writer);
        writer.write(STEPS, 0, into.piece(steps.get(0), 0, 1), 1);
    }

    @Override
    public void close() {
        stepList.close();
        steps.forEach(NDArray::close);
        first.close();
        second.close();
    }
}
