package io.weft.tensor;

import java.nio.ByteBuffer;

/**
 * Converts between fp32 and the two 16-bit float formats, IEEE 754 binary16 (fp16) and bfloat16.
 *
 * <p>Widening is exact. Narrowing rounds to the nearest value, ties to even, overflows to infinity, keeps subnormals, signed
 * zeros and infinities, and keeps a NaN a (quiet) NaN with its sign. The buffer methods work on little-endian or big-endian
 * buffers, whichever order the buffer has, from its position on, which they advance. (They use absolute positions inside: moving
 * a buffer's position with every element halves the speed.)
 */
public final class Halves {

    private static final int SIGN = 0x8000_0000;
    private static final int INFINITY = 0x7f80_0000;

    /** 2¹¹²: moves the exponent of an fp16 that was shifted into place from bias 15 to bias 127, subnormals included. */
    private static final float REBIAS = Float.intBitsToFloat((127 + 112) << 23);

    /** 2¹⁶ as fp32 bits: from here on an fp16 is infinite. (65520 to 65536 become infinite by rounding.) */
    private static final int FP16_OVERFLOW = (127 + 16) << 23;

    /** 2⁻¹⁴ as fp32 bits: below, an fp16 is subnormal. */
    private static final int FP16_NORMAL = (127 - 14) << 23;

    /** 0.5: adding it to a number below 2⁻¹⁴ leaves that number in units of 2⁻²⁴, correctly rounded, in the low bits. */
    private static final int SUBNORMAL_ALIGNER = 126 << 23;

    /** Looking 256 KiB of answers up is three times as fast as working them out; made at the first use. */
    private static final class Widened {
        static final float[] FLOAT16 = new float[1 << 16];

        static {
            for (int bits = 0; bits < FLOAT16.length; bits++) {
                FLOAT16[bits] = fromFloat16((short) bits);
            }
        }
    }

    private Halves() {}

    /** The value of an fp16 bit pattern. */
    public static float fromFloat16(short half) {
        int magnitude = (half & 0x7fff) << 13;
        int bits = Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) * REBIAS);
        if (magnitude >= 0x7c00 << 13) {
            bits = INFINITY | (magnitude & 0x007f_ffff);
        }
        return Float.intBitsToFloat(bits | ((half << 16) & SIGN));
    }

    /** The fp16 bit pattern nearest to a value. */
    public static short toFloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        int magnitude = bits & ~SIGN;
        int half;
        if (magnitude >= FP16_OVERFLOW) {
            half = magnitude > INFINITY ? 0x7e00 | ((magnitude >>> 13) & 0x3ff) : 0x7c00;
        } else if (magnitude >= FP16_NORMAL) {
            int odd = (magnitude >>> 13) & 1;
            half = (magnitude - (112 << 23) + 0xfff + odd) >>> 13;
        } else {
            float aligned = Float.intBitsToFloat(magnitude) + Float.intBitsToFloat(SUBNORMAL_ALIGNER);
            half = Float.floatToRawIntBits(aligned) - SUBNORMAL_ALIGNER;
        }
        return (short) (sign | half);
    }

    /** The value of a bfloat16 bit pattern. */
    public static float fromBfloat16(short half) {
        return Float.intBitsToFloat(half << 16);
    }

    /** The bfloat16 bit pattern nearest to a value. */
    public static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int odd = (bits >>> 16) & 1;
        int rounded = (bits & ~SIGN) > INFINITY ? bits | 0x0040_0000 : bits + 0x7fff + odd;
        return (short) (rounded >>> 16);
    }

    /** Widens {@code from[first … first + count]} into {@code into[at …]}. */
    public static void fromFloat16(short[] from, int first, float[] into, int at, int count) {
        for (int i = 0; i < count; i++) {
            into[at + i] = Widened.FLOAT16[from[first + i] & 0xffff];
        }
    }

    /** Narrows {@code from[first … first + count]} into {@code into[at …]}. */
    public static void toFloat16(float[] from, int first, short[] into, int at, int count) {
        for (int i = 0; i < count; i++) {
            into[at + i] = toFloat16(from[first + i]);
        }
    }

    /** Widens {@code from[first … first + count]} into {@code into[at …]}. */
    public static void fromBfloat16(short[] from, int first, float[] into, int at, int count) {
        for (int i = 0; i < count; i++) {
            into[at + i] = fromBfloat16(from[first + i]);
        }
    }

    /** Narrows {@code from[first … first + count]} into {@code into[at …]}. */
    public static void toBfloat16(float[] from, int first, short[] into, int at, int count) {
        for (int i = 0; i < count; i++) {
            into[at + i] = toBfloat16(from[first + i]);
        }
    }

    /** Widens the next {@code count} fp16 values of a buffer into {@code into[at …]}. */
    public static void fromFloat16(ByteBuffer from, float[] into, int at, int count) {
        int start = from.position();
        for (int i = 0; i < count; i++) {
            into[at + i] = Widened.FLOAT16[from.getShort(start + i * Short.BYTES) & 0xffff];
        }
        from.position(start + count * Short.BYTES);
    }

    /** Narrows {@code from[first … first + count]} to fp16 at the buffer's position. */
    public static void toFloat16(float[] from, int first, ByteBuffer into, int count) {
        int start = into.position();
        for (int i = 0; i < count; i++) {
            into.putShort(start + i * Short.BYTES, toFloat16(from[first + i]));
        }
        into.position(start + count * Short.BYTES);
    }

    /** Widens the next {@code count} bfloat16 values of a buffer into {@code into[at …]}. */
    public static void fromBfloat16(ByteBuffer from, float[] into, int at, int count) {
        int start = from.position();
        for (int i = 0; i < count; i++) {
            into[at + i] = fromBfloat16(from.getShort(start + i * Short.BYTES));
        }
        from.position(start + count * Short.BYTES);
    }

    /** Narrows {@code from[first … first + count]} to bfloat16 at the buffer's position. */
    public static void toBfloat16(float[] from, int first, ByteBuffer into, int count) {
        int start = into.position();
        for (int i = 0; i < count; i++) {
            into.putShort(start + i * Short.BYTES, toBfloat16(from[first + i]));
        }
        into.position(start + count * Short.BYTES);
    }
}
