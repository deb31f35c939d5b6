package io.weft.lm.internal.program;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.djl.Program;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A list of fp32 tensors in memory, one for each trained tensor: its values, their gradients, or an optimizer's moments. */
public final class Trained implements AutoCloseable {

    private final List<TensorSpec> specs;
    private final List<NDArray> tensors;
    private final Program.Tensors list;

    private Trained(List<TensorSpec> specs, List<NDArray> tensors) {
        this.specs = specs;
        this.tensors = tensors;
        this.list = Program.list(tensors);
    }

    /** Zeros of these shapes. */
    public static Trained zeros(Memory memory, NDManager owner, List<TensorSpec> specs) {
        List<NDArray> tensors = new ArrayList<>();
        for (TensorSpec spec : specs) {
            tensors.add(memory.zeros(owner, spec.shape().toArray()));
        }
        return new Trained(specs, tensors);
    }

    /**
     * Reads the tensors by section and name.
     *
     * @throws Refusal when one is missing, has another shape, or is not finite
     */
    public static Trained read(Memory memory, NDManager owner, List<TensorSpec> specs, TensorReader reader)
            throws IOException {
        List<NDArray> tensors = new ArrayList<>();
        for (TensorSpec spec : specs) {
            tensors.add(memory.read(owner, reader, same(reader.manifest().tensors(), spec)));
        }
        return new Trained(specs, tensors);
    }

    /** Writes all tensors; the writer's manifest has them by section and name. */
    public void write(Memory memory, TensorWriter writer) throws IOException {
        List<TensorSpec> expected = writer.manifest().tensors();
        for (int i = 0; i < specs.size(); i++) {
            memory.write(tensors.get(i), writer, same(expected, specs.get(i)));
        }
    }

    /** The list as an argument of programs. */
    public Program.Tensors list() {
        return list;
    }

    /** The tensor at an index of the list that this was made for. */
    public NDArray tensor(int index) {
        return tensors.get(index);
    }

    @Override
    public void close() {
        list.close();
        tensors.forEach(NDArray::close);
    }

    private static TensorSpec same(List<TensorSpec> among, TensorSpec wanted) {
        for (TensorSpec spec : among) {
            if (spec.name().equals(wanted.name()) && spec.section().equals(wanted.section())) {
                if (!spec.shape().equals(wanted.shape())) {
                    throw new Refusal(
                            "tensor " + wanted.name() + " has shape " + spec.shape() + " instead of " + wanted.shape());
                }
                return spec;
            }
        }
        throw new Refusal("tensor " + wanted.name() + " is missing in the received model");
    }
}
