package io.weft.lm.internal.program;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.djl.Program;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Moves tensors between files and libtorch, piece by piece. Native tensors never share memory with Java, whose buffers may move or
 * vanish. Used by one thread at a time.
 */
public final class Memory implements AutoCloseable {

    private static final int PIECE = 1 << 20;

    private final Program program;
    private final NDManager scratch;
    private final float[] piece = new float[PIECE];
    // One buffer for all pieces: a new one each time would fill memory that only a later garbage collection gives back.
    private final ByteBuffer buffer =
            ByteBuffer.allocateDirect(PIECE * Float.BYTES).order(ByteOrder.nativeOrder());

    public Memory(Engine engine) {
        program = Program.compile(engine, ModelText.loading());
        scratch = engine.newBaseManager();
    }

    /**
     * A tensor of that shape with undefined content. Not made by a program, as those that programs make cannot be changed in place where
     * autograd is on.
     */
    public NDArray blank(NDManager owner, long... shape) {
        return owner.create(new Shape(shape), DataType.FLOAT32);
    }

    /** A tensor of zeros. */
    public NDArray zeros(NDManager owner, long... shape) {
        return owner.zeros(new Shape(shape), DataType.FLOAT32);
    }

    /**
     * Reads a tensor.
     *
     * @throws Refusal when a value is not finite; names the file, the tensor and the element
     */
    public NDArray read(NDManager owner, TensorReader reader, TensorSpec spec) throws IOException {
        NDArray tensor = blank(owner, spec.shape().toArray());
        read(reader, spec, tensor, 0);
        return tensor;
    }

    /** Reads a tensor into the elements of {@code into} from {@code first} on. */
    public void read(TensorReader reader, TensorSpec spec, NDArray into, long first) throws IOException {
        for (long done = 0; done < spec.elements(); done += PIECE) {
            int count = (int) Math.min(PIECE, spec.elements() - done);
            reader.read(spec, done, piece, count);
            requireFinite(reader, spec, done, count);
            put(into, first + done, count);
        }
    }

    /** Copies values into a tensor, row by row. */
    public void write(float[] values, NDArray into) {
        for (int done = 0; done < values.length; done += PIECE) {
            int count = Math.min(PIECE, values.length - done);
            System.arraycopy(values, done, piece, 0, count);
            put(into, done, count);
        }
    }

    /** Writes a tensor. */
    public void write(NDArray tensor, TensorWriter writer, TensorSpec spec) throws IOException {
        for (long done = 0; done < spec.elements(); done += PIECE) {
            int count = (int) Math.min(PIECE, spec.elements() - done);
            writer.write(spec, done, piece(tensor, done, count), count);
        }
    }

    /** Copies elements of an fp32 tensor to Java. */
    public float[] piece(NDArray tensor, long first, int count) {
        try (NDManager manager = scratch.newSubManager()) {
            return program.tensor(manager, "piece", tensor, first, count).toFloatArray();
        }
    }

    /** A copy in the element type of matrix products. */
    public NDArray cast(NDManager owner, NDArray tensor, Precision precision) {
        return program.tensor(owner, "cast", tensor, precision.code());
    }

    /** A weight as {@code linear} wants it. */
    public NDArray packed(NDManager owner, NDArray weight, Precision precision) {
        return program.tensor(owner, "packed", weight, precision.code());
    }

    /** The transpose of a weight as {@code linear} wants it. */
    public NDArray packedTranspose(NDManager owner, NDArray weight, Precision precision) {
        return program.tensor(owner, "packed_transpose", weight, precision.code());
    }

    @Override
    public void close() {
        program.close();
        scratch.close();
    }

    private void put(NDArray into, long first, int count) {
        try (NDManager manager = scratch.newSubManager()) {
            buffer.asFloatBuffer().put(piece, 0, count);
            program.run(
                    "fill",
                    into,
                    first,
                    manager.create(
                            buffer.slice(0, count * Float.BYTES).order(ByteOrder.nativeOrder()),
                            new Shape(count),
                            DataType.FLOAT32));
        }
    }

    private void requireFinite(TensorReader reader, TensorSpec spec, long first, int count) {
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(piece[i])) {
                throw new Refusal(reader.file().map(file -> file + ": ").orElse("") + "tensor " + spec.name()
                        + " holds " + piece[i] + " at element " + (first + i) + "; a model must be finite everywhere");
            }
        }
    }
}
