package io.weft.quantizer.bitsandbytes;

/** What is computed for a block of values that share a scale. */
final class Blocks {

    /** Scales below this count as this one when values are divided by them. */
    private static final float SMALLEST = 1e-38f;

    private Blocks() {}

    /** The largest magnitude; NaN when a value is one. */
    static float largest(float[] values, int first, int count) {
        float largest = 0;
        for (int i = first; i < first + count; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        return largest;
    }

    /** The largest magnitude of a short block; NaN when a value is one. Four maxima side by side run four times as fast as one. */
    static float largestOfFew(float[] values, int first, int count) {
        int a = 0;
        int b = 0;
        int c = 0;
        int d = 0;
        int fours = first + (count & ~3);
        for (int i = first; i < fours; i += 4) {
            a = Math.max(a, Float.floatToRawIntBits(values[i]) & 0x7fff_ffff);
            b = Math.max(b, Float.floatToRawIntBits(values[i + 1]) & 0x7fff_ffff);
            c = Math.max(c, Float.floatToRawIntBits(values[i + 2]) & 0x7fff_ffff);
            d = Math.max(d, Float.floatToRawIntBits(values[i + 3]) & 0x7fff_ffff);
        }
        for (int i = fours; i < first + count; i++) {
            a = Math.max(a, Float.floatToRawIntBits(values[i]) & 0x7fff_ffff);
        }
        return Float.intBitsToFloat(Math.max(Math.max(a, b), Math.max(c, d)));
    }

    /** What values are multiplied by to lie between −1 and 1. */
    static float reciprocal(float largest) {
        return 1 / Math.max(largest, SMALLEST);
    }

    /** Writes the index of each value's nearest one in a book of 256. */
    static void quantize(Book book, float[] values, int first, int count, float largest, byte[] codes, int at) {
        int[] cells = book.cells();
        float factor = reciprocal(largest);
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToRawIntBits(values[first + i] * factor);
            codes[at + i] = (byte) (((cells[bits >>> 16] + (bits & 0xffff)) >>> 16) ^ (bits >> 31));
        }
    }
}
