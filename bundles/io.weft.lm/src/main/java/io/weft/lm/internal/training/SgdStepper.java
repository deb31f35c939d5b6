package io.weft.lm.internal.training;

import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.lm.internal.program.Memory;
import io.weft.lm.internal.program.Model;
import io.weft.lm.internal.program.Trained;
import java.util.List;

/** Stochastic gradient descent without momentum. */
final class SgdStepper implements Stepper {

    private final Settings.Sgd settings;

    SgdStepper(Settings.Sgd settings) {
        this.settings = settings;
    }

    @Override
    public List<TensorSpec> state() {
        return List.of();
    }

    @Override
    public double apply(Model model, Trained trained, Trained gradients, double rate, double clip) {
        return model.update("sgd", trained.list(), gradients.list(), rate, settings.weightDecay(), clip);
    }

    @Override
    public void write(Memory memory, TensorWriter writer) {
        // Nothing is remembered.
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
