package io.weft.server.internal;

import io.weft.api.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The weighted mean of what is no floating-point number: counters, indices, truth values. It is taken as x₀ + Σ wₖ(xₖ − x₀)/W and
 * rounded to the nearest, so numbers that all sites agree upon come out as they are, however large. Eight-bit floats, with which
 * nobody computes, are taken where all sites agree and stay as they were where not.
 */
final class WholeNumbers {

    private final DType type;
    private final double[] weights;
    private final double total;

    WholeNumbers(DType type, double[] weights) {
        this.type = type;
        this.weights = weights;
        double sum = 0;
        for (double weight : weights) {
            sum += weight;
        }
        this.total = sum;
    }

    /**
     * Folds elements.
     *
     * @param before of the global model, from the buffer's beginning, as are the sites'
     * @param out receives as many
     */
    void fold(ByteBuffer before, ByteBuffer[] sites, ByteBuffer out, int count) {
        before.order(ByteOrder.LITTLE_ENDIAN);
        out.order(ByteOrder.LITTLE_ENDIAN);
        for (ByteBuffer site : sites) {
            site.order(ByteOrder.LITTLE_ENDIAN);
        }
        for (int i = 0; i < count; i++) {
            put(out, i, type.floating() ? agreed(before, sites, i) : mean(before, sites, i));
        }
    }

    private long agreed(ByteBuffer before, ByteBuffer[] sites, int index) {
        long first = get(sites[0], index);
        for (ByteBuffer site : sites) {
            if (get(site, index) != first) {
                return get(before, index);
            }
        }
        return first;
    }

    private long mean(ByteBuffer before, ByteBuffer[] sites, int index) {
        long start = get(before, index);
        long first = get(sites[0], index);
        boolean same = true;
        double sum = 0;
        for (int k = 0; k < sites.length; k++) {
            long value = get(sites[k], index);
            same &= value == first;
            sum += weights[k] * ((double) value - start);
        }
        return same ? first : start + Math.round(sum / total);
    }

    private long get(ByteBuffer from, int index) {
        return switch (type) {
            case I64 -> from.getLong(index * Long.BYTES);
            case I32 -> from.getInt(index * Integer.BYTES);
            case I16 -> from.getShort(index * Short.BYTES);
            case I8, F8_E4M3, F8_E5M2 -> from.get(index);
            case U8, BOOL -> Byte.toUnsignedLong(from.get(index));
            case F64, F32, F16, BF16 -> throw new IllegalArgumentException(type + " is folded as floats");
        };
    }

    private void put(ByteBuffer to, int index, long value) {
        switch (type) {
            case I64 -> to.putLong(index * Long.BYTES, value);
            case I32 -> to.putInt(index * Integer.BYTES, (int) value);
            case I16 -> to.putShort(index * Short.BYTES, (short) value);
            case I8, F8_E4M3, F8_E5M2, U8, BOOL -> to.put(index, (byte) value);
            case F64, F32, F16, BF16 -> throw new IllegalArgumentException(type + " is folded as floats");
        }
    }
}
