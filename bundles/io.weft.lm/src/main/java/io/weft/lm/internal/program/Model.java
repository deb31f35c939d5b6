package io.weft.lm.internal.program;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.weft.djl.Program;
import io.weft.lm.internal.model.Architecture;
import io.weft.lm.internal.text.Packed;
import java.util.List;

/** A compiled model with its frozen weights; what is trained is given with each call. Used by one thread at a time. */
public final class Model implements AutoCloseable {

    private final Program program;
    private final NDManager manager;
    private final Program.Tensors weights;
    private final AutoCloseable held;

    private Model(Program program, NDManager manager, Program.Tensors weights, AutoCloseable held) {
        this.program = program;
        this.manager = manager;
        this.weights = weights;
        this.held = held;
    }

    /** A frozen base with overlays; closing gives the base back. */
    public static Model frozen(
            Engine engine, Architecture architecture, Precision precision, Adaptation adaptation, Bases.Use base) {
        Program program = Program.compile(engine, ModelText.frozen(architecture, precision, adaptation));
        return new Model(program, engine.newBaseManager(), base.weights().list(), base);
    }

    /**
     * A model of which every weight is trained.
     *
     * @param names the order in which the trained weights are given
     */
    public static Model trained(Engine engine, Architecture architecture, Precision precision, List<String> names) {
        Program program = Program.compile(engine, ModelText.trained(architecture, precision, names));
        NDManager manager = engine.newBaseManager();
        try (Memory memory = new Memory(engine)) {
            NDArray angles = memory.blank(manager, 2, architecture.positions(), architecture.head() / 2);
            memory.write(architecture.rotary().table(architecture.head(), architecture.positions()), angles);
            Program.Tensors weights = Program.list(List.of(angles));
            return new Model(program, manager, weights, weights);
        }
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
        try {
            held.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            manager.close();
        }
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
