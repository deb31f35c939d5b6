package io.weft.client;

import io.weft.client.internal.session.Numbers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Numbers of one type in rows, as little-endian bytes.
 *
 * <p>The bytes of a received tensor are a private map of a file: reading them copies nothing, and changing them changes nothing
 * elsewhere. They live as long as somebody holds the tensor.
 */
public final class Tensor {

    private final ElementType type;
    private final long[] shape;
    private final List<ByteBuffer> pieces;

    private Tensor(ElementType type, List<ByteBuffer> pieces, long[] shape) {
        this.type = type;
        this.shape = shape.clone();
        this.pieces = pieces;
        long bytes = 0;
        for (ByteBuffer piece : pieces) {
            if (piece.remaining() % type.bytes() != 0) {
                throw new IllegalArgumentException(
                        "a piece of " + piece.remaining() + " bytes holds no whole number of " + type);
            }
            bytes += piece.remaining();
        }
        long expected = Math.multiplyExact(elements(), type.bytes());
        if (bytes != expected) {
            throw new IllegalArgumentException(this + " takes " + expected + " bytes, not " + bytes);
        }
    }

    /** A tensor of the type {@code F32}; without a shape it is one row. */
    public static Tensor of(float[] values, long... shape) {
        ByteBuffer bytes = bytes(values.length, ElementType.F32);
        bytes.asFloatBuffer().put(values);
        return of(ElementType.F32, bytes, rows(values.length, shape));
    }

    /** A tensor of the type {@code F64}; without a shape it is one row. */
    public static Tensor of(double[] values, long... shape) {
        ByteBuffer bytes = bytes(values.length, ElementType.F64);
        bytes.asDoubleBuffer().put(values);
        return of(ElementType.F64, bytes, rows(values.length, shape));
    }

    /** A tensor of the type {@code I64}; without a shape it is one row. */
    public static Tensor of(long[] values, long... shape) {
        ByteBuffer bytes = bytes(values.length, ElementType.I64);
        bytes.asLongBuffer().put(values);
        return of(ElementType.I64, bytes, rows(values.length, shape));
    }

    /**
     * A tensor of the remaining bytes of a buffer, which are not copied.
     *
     * @param bytes little-endian
     */
    public static Tensor of(ElementType type, ByteBuffer bytes, long... shape) {
        return of(type, List.of(bytes), shape);
    }

    /**
     * A tensor of more than 2 GiB.
     *
     * @param pieces little-endian, end to end; each holds whole elements
     */
    public static Tensor of(ElementType type, List<ByteBuffer> pieces, long... shape) {
        List<ByteBuffer> own = new ArrayList<>();
        for (ByteBuffer piece : pieces) {
            own.add(piece.slice().order(ByteOrder.LITTLE_ENDIAN));
        }
        return new Tensor(type, Collections.unmodifiableList(own), shape);
    }

    private static ByteBuffer bytes(int elements, ElementType type) {
        return ByteBuffer.allocate(Math.multiplyExact(elements, type.bytes())).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A shape that was left out; one number has the shape of a row of one. */
    private static long[] rows(int elements, long[] shape) {
        return shape.length == 0 ? new long[] {elements} : shape;
    }

    public ElementType type() {
        return type;
    }

    /** The size of each dimension; empty for a single number without dimensions. */
    public long[] shape() {
        return shape.clone();
    }

    /** The number of elements. */
    public long elements() {
        long elements = 1;
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException("a dimension of " + dimension + " in " + this);
            }
            elements = Math.multiplyExact(elements, dimension);
        }
        return elements;
    }

    /**
     * All values, converted to floats where they have another type.
     *
     * @throws IllegalStateException for an 8-bit floating-point type
     */
    public float[] floats() {
        float[] values = new float[Math.toIntExact(elements())];
        read(0, values, values.length);
        return values;
    }

    /**
     * All values, converted to doubles where they have another type.
     *
     * @throws IllegalStateException for an 8-bit floating-point type
     */
    public double[] doubles() {
        double[] values = new double[Math.toIntExact(elements())];
        long first = 0;
        for (ByteBuffer piece : pieces) {
            int count = piece.limit() / type.bytes();
            for (int i = 0; i < count; i++) {
                values[(int) first + i] = Numbers.number(type, piece, i);
            }
            first += count;
        }
        return values;
    }

    /**
     * Converts some values to floats.
     *
     * @param first the first element
     * @param into receives them from index 0
     */
    public void read(long first, float[] into, int count) {
        long start = first;
        int done = 0;
        for (ByteBuffer piece : pieces) {
            int there = piece.limit() / type.bytes();
            if (start < there && done < count) {
                int some = (int) Math.min(count - done, there - start);
                Numbers.floats(type, piece, (int) start, into, done, some);
                done += some;
                start = 0;
            } else {
                start -= there;
            }
        }
        if (done < count) {
            throw new IndexOutOfBoundsException(this + " has no " + count + " elements from " + first + " on");
        }
    }

    /**
     * The bytes themselves, little-endian: what is written here is in the tensor.
     *
     * @throws IllegalStateException for a tensor of more than 2 GiB, whose bytes are in {@link #pieces()}
     */
    public ByteBuffer bytes() {
        if (pieces.size() > 1) {
            throw new IllegalStateException(this + " has more bytes than a buffer; take its pieces");
        }
        return pieces.isEmpty() ? ByteBuffer.allocate(0) : pieces().get(0);
    }

    /** The bytes themselves, end to end, in buffers of whole elements. */
    public List<ByteBuffer> pieces() {
        return pieces.stream()
                .map(piece -> piece.duplicate().order(ByteOrder.LITTLE_ENDIAN))
                .toList();
    }

    /** Type and shape, such as {@code F32 [3, 4]}. */
    @Override
    public String toString() {
        return type + " " + Arrays.toString(shape);
    }
}
