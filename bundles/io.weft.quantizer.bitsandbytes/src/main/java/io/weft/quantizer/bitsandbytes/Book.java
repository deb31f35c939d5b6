package io.weft.quantizer.bitsandbytes;

import java.util.random.RandomGenerator;

/**
 * A sorted code book for numbers from −1 to 1, and the way from a number to the index of its nearest value; of two that are equally
 * near, to the lower one, as {@code torch.bucketize} does.
 */
final class Book {

    private static final int CELLS = 1 << 16;
    private static final int ONE = 0x3f80_0000;
    private static final int SIGN = 0x8000_0000;
    private static final float UNIT = 0x1p-24f;

    private final float[] values;
    private final float[] midpoints;
    private final int top;
    private final int[] table;

    private Book(float[] values) {
        this.values = values;
        this.top = values.length - 1;
        this.midpoints = new float[top];
        for (int i = 0; i < top; i++) {
            midpoints[i] = (values[i] + values[i + 1]) / 2;
        }
        this.table = table();
    }

    static Book of(float... values) {
        return new Book(values.clone());
    }

    /** The value of an index. */
    float value(int index) {
        return values[index];
    }

    /**
     * A table that is asked with the upper half of a number's bits. Its entry plus the lower half, shifted right by 16, is the number's
     * index counted from zero's end: from 0 for positive numbers, from the largest index for negative ones. So one look-up without a
     * branch finds an index; it works while no two midpoints share their upper halves.
     */
    private int[] table() {
        int[] cells = new int[CELLS];
        for (int k = 0; k < CELLS; k++) {
            int bits = k << 16;
            if ((bits & ~SIGN) > ONE) {
                bits = (bits & SIGN) | ONE;
            }
            int from = bits < 0 ? top : 0;
            int first = Math.abs(from - search(bits));
            boolean atTheEnd = (k & 0x7fff) >= ONE >>> 16;
            if (atTheEnd || Math.abs(from - search(bits | 0xffff)) == first) {
                cells[k] = first << 16;
                continue;
            }
            int low = 0;
            int high = 0xffff;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (Math.abs(from - search(bits | middle)) != first) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            cells[k] = (first << 16) + CELLS - low;
        }
        return cells;
    }

    private int search(int bits) {
        float number = Float.intBitsToFloat(bits);
        int low = 0;
        int high = top;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (number > midpoints[middle]) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The table for those who look up in a loop of their own; not to be changed. */
    int[] cells() {
        return table;
    }

    int top() {
        return top;
    }

    /** The index of the value nearest to a number, which counts as −1 or 1 when it lies beyond. */
    int nearest(float number) {
        int bits = Float.floatToRawIntBits(number);
        return ((table[bits >>> 16] + (bits & 0xffff)) >>> 16) ^ ((bits >> 31) & top);
    }

    /** One of the two values around a number, the nearer the likelier, so that the mean of many is the number. */
    int around(float number, RandomGenerator chance) {
        int index = nearest(number);
        float value = values[index];
        int other = number > value ? Math.min(index + 1, top) : Math.max(index - 1, 0);
        float distance = Math.abs(values[other] - value);
        float draw = (chance.nextInt() >>> 8) * UNIT;
        return draw * distance < Math.abs(number - value) ? other : index;
    }
}
