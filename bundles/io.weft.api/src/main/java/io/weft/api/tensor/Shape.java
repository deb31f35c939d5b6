package io.weft.api.tensor;

import java.util.Arrays;
import java.util.List;

/** The dimensions of a tensor, outermost first; none for a scalar. Each is 0 or more. */
public record Shape(List<Long> dimensions) {

    public Shape {
        dimensions = List.copyOf(dimensions);
        for (long dimension : dimensions) {
            if (dimension < 0) {
                throw new IllegalArgumentException("negative dimension in " + dimensions);
            }
        }
    }

    public static Shape of(long... dimensions) {
        return new Shape(Arrays.stream(dimensions).boxed().toList());
    }

    /**
     * The number of elements: 1 for a scalar.
     *
     * @throws ArithmeticException when it does not fit a {@code long}
     */
    public long elements() {
        long product = 1;
        for (long dimension : dimensions) {
            product = Math.multiplyExact(product, dimension);
        }
        return product;
    }

    public int rank() {
        return dimensions.size();
    }

    public long dimension(int index) {
        return dimensions.get(index);
    }

    public long[] toArray() {
        return dimensions.stream().mapToLong(Long::longValue).toArray();
    }

    /** Such as {@code [8, 576]}. */
    @Override
    public String toString() {
        return dimensions.toString();
    }
}
