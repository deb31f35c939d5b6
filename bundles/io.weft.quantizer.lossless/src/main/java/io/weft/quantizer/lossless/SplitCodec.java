package io.weft.quantizer.lossless;

import io.weft.api.exchange.Codec;
import io.weft.api.plugin.Refusal;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * One tensor, its exponents apart from its signs and mantissas. A piece is a byte that says how many bytes of each sign and mantissa
 * follow (1 to 3) and how the exponents are written (all alike, as they are, or coded), then the exponents, then signs and mantissas.
 */
final class SplitCodec implements Codec {

    private static final int ALIKE = 0;
    private static final int AS_THEY_ARE = 1 << 4;
    private static final int CODED = 2 << 4;
    private static final int WIDTH = 15;

    /** A sign and seven bits of mantissa: what bf16 has. */
    private static final int ONE_BYTE = 0xffff;

    /** A sign and fifteen bits. */
    private static final int TWO_BYTES = 0xff;

    /** After so many values it is looked whether more are needed to know. */
    private static final int RUN = 1 << 10;

    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final String tensor;
    private byte[] exponents = {};
    private byte[] rest = {};

    SplitCodec(String tensor) {
        this.tensor = tensor;
    }

    @Override
    public int room(int count) {
        return Math.addExact(1, Math.multiplyExact(count, Float.BYTES));
    }

    private void reserve(int count) {
        if (exponents.length < count) {
            exponents = new byte[count];
            rest = new byte[3 * count];
        }
    }

    @Override
    public void encode(float[] piece, int count, ByteBuffer out) {
        reserve(count);
        int width = width(piece, count);
        int[] counts =
                switch (width) {
                    case 1 -> split1(piece, count);
                    case 2 -> split2(piece, count);
                    default -> split3(piece, count);
                };
        if (counts[exponents[0] & 0xff] == count) {
            out.put((byte) (width | ALIKE)).put(exponents[0]);
        } else {
            Huffman code = Huffman.of(counts);
            if (code.bytes(counts) < count) {
                out.put((byte) (width | CODED));
                code.write(exponents, count, out);
            } else {
                out.put((byte) (width | AS_THEY_ARE)).put(exponents, 0, count);
            }
        }
        out.put(rest, 0, width * count);
    }

    /** The bytes that signs and mantissas need when those that are zero everywhere are left out. */
    private static int width(float[] piece, int count) {
        int all = 0;
        for (int first = 0; first < count && (all & TWO_BYTES) == 0; first += RUN) {
            int end = Math.min(first + RUN, count);
            for (int i = first; i < end; i++) {
                all |= Float.floatToRawIntBits(piece[i]);
            }
        }
        if ((all & ONE_BYTE) == 0) {
            return 1;
        }
        return (all & TWO_BYTES) == 0 ? 2 : 3;
    }

    /**
     * Splits off the exponents and counts them. Neighbours are often alike, and a counter waits for itself: so two count in turn. Eight
     * bytes are stored at a time.
     */
    private int[] split1(float[] piece, int count) {
        int[] even = new int[Huffman.SYMBOLS];
        int[] odd = new int[Huffman.SYMBOLS];
        int eights = count & ~7;
        for (int i = 0; i < eights; i += 8) {
            long upper = 0;
            long lower = 0;
            for (int k = 0; k < 8; k += 2) {
                int a = Float.floatToRawIntBits(piece[i + k]);
                int b = Float.floatToRawIntBits(piece[i + k + 1]);
                int first = (a >>> 23) & 0xff;
                int second = (b >>> 23) & 0xff;
                even[first]++;
                odd[second]++;
                upper |= (first | ((long) second << 8)) << (8 * k);
                lower |= (top(a) | ((long) top(b) << 8)) << (8 * k);
            }
            EIGHT.set(exponents, i, upper);
            EIGHT.set(rest, i, lower);
        }
        for (int i = eights; i < count; i++) {
            int bits = Float.floatToRawIntBits(piece[i]);
            exponents[i] = (byte) (bits >>> 23);
            rest[i] = (byte) top(bits);
            even[exponents[i] & 0xff]++;
        }
        for (int symbol = 0; symbol < Huffman.SYMBOLS; symbol++) {
            even[symbol] += odd[symbol];
        }
        return even;
    }

    /** The sign and the upper seven bits of the mantissa. */
    private static int top(int bits) {
        return ((bits >>> 24) & 0x80) | ((bits >>> 16) & 0x7f);
    }

    private int[] split2(float[] piece, int count) {
        int[] counts = split1(piece, count);
        for (int i = 0; i < count; i++) {
            rest[count + i] = (byte) (Float.floatToRawIntBits(piece[i]) >>> 8);
        }
        return counts;
    }

    private int[] split3(float[] piece, int count) {
        int[] counts = split1(piece, count);
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToRawIntBits(piece[i]);
            rest[count + i] = (byte) (bits >>> 8);
            rest[2 * count + i] = (byte) bits;
        }
        return counts;
    }

    @Override
    public void decode(ByteBuffer in, float[] piece, int count) {
        reserve(count);
        int kind = in.get();
        int width = kind & WIDTH;
        if (width < 1 || width > 3) {
            throw broken();
        }
        switch (kind & ~WIDTH) {
            case ALIKE -> Arrays.fill(exponents, 0, count, in.get());
            case AS_THEY_ARE -> in.get(exponents, 0, count);
            case CODED -> {
                if (!Huffman.read(in, exponents, count)) {
                    throw broken();
                }
            }
            default -> throw broken();
        }
        in.get(rest, 0, width * count);
        for (int i = 0; i < count; i++) {
            int top = rest[i];
            int bits = ((top & 0x80) << 24) | ((exponents[i] & 0xff) << 23) | ((top & 0x7f) << 16);
            piece[i] = Float.intBitsToFloat(bits);
        }
        if (width > 1) {
            lower(piece, count, width);
        }
    }

    private void lower(float[] piece, int count, int width) {
        for (int i = 0; i < count; i++) {
            int low = (rest[count + i] & 0xff) << 8;
            if (width == 3) {
                low |= rest[2 * count + i] & 0xff;
            }
            piece[i] = Float.intBitsToFloat(Float.floatToRawIntBits(piece[i]) | low);
        }
    }

    private Refusal broken() {
        return new Refusal(
                "tensor '" + tensor + "' is not what 'lossless' makes of any; use the same plugin at both ends");
    }
}
