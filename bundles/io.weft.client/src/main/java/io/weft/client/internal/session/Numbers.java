package io.weft.client.internal.session;

import io.weft.client.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Elements as numbers. */
public final class Numbers {

    private static final int HALF_FRACTION_BITS = 10;
    private static final int HALF_BIAS = 15;
    private static final int HALF_HIGHEST_EXPONENT = 31;

    private Numbers() {}

    /** One element of a little-endian buffer. */
    public static double number(ElementType type, ByteBuffer bytes, int element) {
        return switch (type) {
            case F64 -> bytes.getDouble(element * Double.BYTES);
            case F32 -> bytes.getFloat(element * Float.BYTES);
            case F16 -> half(bytes.getShort(element * Short.BYTES));
            case BF16 -> Float.intBitsToFloat(bytes.getShort(element * Short.BYTES) << Short.SIZE);
            case F8_E5M2, F8_E4M3 ->
                throw new IllegalStateException(type + " has no numbers in Java; take the tensor's bytes");
            case I64 -> bytes.getLong(element * Long.BYTES);
            case I32 -> bytes.getInt(element * Integer.BYTES);
            case I16 -> bytes.getShort(element * Short.BYTES);
            case I8 -> bytes.get(element);
            case U8 -> Byte.toUnsignedInt(bytes.get(element));
            case BOOL -> bytes.get(element) == 0 ? 0 : 1;
        };
    }

    /** Some elements of a little-endian buffer. */
    public static void floats(ElementType type, ByteBuffer bytes, int first, float[] into, int at, int count) {
        if (type == ElementType.F32) {
            bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(first, into, at, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            into[at + i] = (float) number(type, bytes, first + i);
        }
    }

    /**
     * Writes a number as an element of a type that is not floating-point, rounded to the nearest.
     *
     * @return whether the type holds it
     */
    static boolean putWhole(ElementType type, double value, ByteBuffer into, int element) {
        double rounded = Math.rint(value);
        return switch (type) {
            case I64 -> {
                into.putLong(element * Long.BYTES, (long) rounded);
                yield Math.abs(rounded) < 0x1p63;
            }
            case I32 -> {
                into.putInt(element * Integer.BYTES, (int) rounded);
                yield (int) rounded == rounded;
            }
            case I16 -> {
                into.putShort(element * Short.BYTES, (short) rounded);
                yield (short) rounded == rounded;
            }
            case I8 -> {
                into.put(element, (byte) rounded);
                yield (byte) rounded == rounded;
            }
            case U8 -> {
                into.put(element, (byte) (int) rounded);
                yield rounded >= 0 && rounded <= 255;
            }
            case BOOL -> {
                into.put(element, (byte) (value == 0 ? 0 : 1));
                yield true;
            }
            case F64, F32, F16, BF16, F8_E5M2, F8_E4M3 ->
                throw new IllegalArgumentException(type + " is no whole-number type");
        };
    }

    /** IEEE 754 binary16. */
    private static float half(short bits) {
        int exponent = bits >> HALF_FRACTION_BITS & HALF_HIGHEST_EXPONENT;
        int fraction = bits & (1 << HALF_FRACTION_BITS) - 1;
        float magnitude;
        if (exponent == HALF_HIGHEST_EXPONENT) {
            magnitude = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
        } else if (exponent == 0) {
            magnitude = Math.scalb((float) fraction, 1 - HALF_BIAS - HALF_FRACTION_BITS);
        } else {
            int whole = fraction | 1 << HALF_FRACTION_BITS;
            magnitude = Math.scalb((float) whole, exponent - HALF_BIAS - HALF_FRACTION_BITS);
        }
        return bits < 0 ? -magnitude : magnitude;
    }
}
