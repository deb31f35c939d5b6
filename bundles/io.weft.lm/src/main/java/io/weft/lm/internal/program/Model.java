package io.weft.lm.internal.program;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.weft.djl.Program;
import io.weft.lm.internal.model.Architecture;
import io.weft.lm.internal.text.Packed;
import java.util.List;

/** A compiled model with its frozen weights, if any; what is trained is given with each call. Used by one thread at a time. */
public final class Model implements AutoCloseable {

    private final Program program;
    private final NDManager manager;
    private final Program.Tensors weights;
    private final Bases.Use base;

    private Model(Program program, NDManager manager, Program.Tensors weights, Bases.Use base) {
        this.program = program;
        this.manager = manager;
        this.weights = weights;
        this.base = base;
    }

    /**
     * A model of which {@code adaptation} is trained; closing gives back the base that the rest comes from.
     *
     * @throws io.weft.api.plugin.Refusal when the text of an overlay is no program
     */
    public static Model of(
            Engine engine, Architecture architecture, Precision precision, Adaptation adaptation, Bases.Use base) {
        String text = ModelText.of(architecture, precision, adaptation);
        Program program;
        try {
            program = Program.compile(engine, text);
        } catch (EngineException e) {
            OverlayText.requireCompiling(engine, adaptation.scripts());
            throw e;
        }
        return new Model(program, engine.newBaseManager(), base.weights().list(), base);
    }

    /** What a model made of some tokens: the sum of the losses, and how many labels it ranked first. */
    public record Measured(double loss, double right) {}

    /**
     * Adds the gradients of {@code scale} times the sum of the losses.
     *
     * @param fresh whether they replace what the gradients held before
     * @param masks the dropout masks, in the order of {@link Adaptation#masks()}
     * @return the sum of the losses of all labelled tokens
     */
    public double step(
            Packed pack,
            double scale,
            boolean fresh,
            Program.Tensors trained,
            Program.Tensors gradients,
            List<NDArray> masks) {
        try (NDManager step = manager.newSubManager()) {
            return program.tensor(
                            step,
                            "step",
                            step.create(pack.ids()),
                            step.create(pack.labels()),
                            pack.lengths(),
                            scale,
                            fresh,
                            weights,
                            trained,
                            gradients,
                            masks)
                    .toFloatArray()[0];
        }
    }

    /** Measures without training. */
    public Measured measure(Packed pack, Program.Tensors trained) {
        try (NDManager step = manager.newSubManager()) {
            double[] sums = program.tensor(
                            step,
                            "measure",
                            step.create(pack.ids()),
                            step.create(pack.labels()),
                            pack.lengths(),
                            weights,
                            trained)
                    .toDoubleArray();
            return new Measured(sums[0], sums[1]);
        }
    }

    /** The logits after every token of one sequence, row by row. */
    public float[] logits(long[] ids, Program.Tensors trained) {
        return logits(ids, 0, trained);
    }

    /** The logits after the last token of one sequence. */
    public float[] nextLogits(long[] ids, Program.Tensors trained) {
        return logits(ids, ids.length - 1, trained);
    }

    /** Applies gradients, clipped to a norm; returns the norm before. */
    public double update(String optimizer, Object... arguments) {
        try (NDManager step = manager.newSubManager()) {
            return program.tensor(step, optimizer, arguments).toFloatArray()[0];
        }
    }

    /** Where tensors that live as long as the caller wants come from. */
    public NDManager newManager() {
        return manager.newSubManager();
    }

    @Override
    public void close() {
        program.close();
        base.close();
        manager.close();
    }

    private float[] logits(long[] ids, int first, Program.Tensors trained) {
        Packed pack = Packed.unlabelled(ids);
        try (NDManager step = manager.newSubManager()) {
            return program.tensor(
                            step,
                            "logits",
                            step.create(pack.ids()),
                            pack.lengths(),
                            first,
                            pack.tokens(),
                            weights,
                            trained)
                    .toFloatArray();
        }
    }
}
