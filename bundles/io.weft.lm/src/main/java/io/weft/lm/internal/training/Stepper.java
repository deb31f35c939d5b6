package io.weft.lm.internal.training;

import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.lm.internal.program.Memory;
import io.weft.lm.internal.program.Model;
import io.weft.lm.internal.program.Trained;
import java.io.IOException;
import java.util.List;

/** Applies gradients to trained tensors, and knows what of it must be carried from round to round. */
interface Stepper extends AutoCloseable {

    /** What it remembers, as tensors to store; none when it remembers nothing. */
    List<TensorSpec> state();

    /** Applies the gradients, scaled to a norm of at most {@code clip} (0: any); returns their norm before. */
    double apply(Model model, Trained trained, Trained gradients, double rate, double clip);

    /** Stores what {@link #state} names. */
    void write(Memory memory, TensorWriter writer) throws IOException;

    @Override
    void close();
}
