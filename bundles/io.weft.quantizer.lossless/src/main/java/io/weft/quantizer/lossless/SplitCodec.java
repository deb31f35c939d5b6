package io.weft.quantizer.lossless;

import io.weft.api.exchange.Codec;
import io.weft.api.plugin.Refusal;
import java.nio.ByteBuffer;
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
        switch (width) {
            case 1 -> split1(piece, count);
            case 2 -> split2(piece, count);
            default -> split3(piece, count);
        }
        int[] counts = new int[Huffman.SYMBOLS];
        for (int i = 0; i < count; i++) {
            counts[exponents[i] & 0xff]++;
        }
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
        for (int i = 0; i < count; i++) {
            all |= Float.floatToRawIntBits(piece[i]);
        }
        if ((all & ONE_BYTE) == 0) {
            return 1;
        }
        return (all & TWO_BYTES) == 0 ? 2 : 3;
    }

    private void split1(float[] piece, int count) {
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToRawIntBits(piece[i]);
            exponents[i] = (byte) (bits >>> 23);
            rest[i] = (byte) (((bits >>> 24) & 0x80) | ((bits >>> 16) & 0x7f));
        }
    }

    private void split2(float[] piece, int count) {
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToRawIntBits(piece[i]);
            exponents[i] = (byte) (bits >>> 23);
            rest[i] = (byte) (((bits >>> 24) & 0x80) | ((bits >>> 16) & 0x7f));
            rest[count + i] = (byte) (bits >>> 8);
        }
    }

    private void split3(float[] piece, int count) {
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToRawIntBits(piece[i]);
            exponents[i] = (byte) (bits >>> 23);
            rest[i] = (byte) (((bits >>> 24) & 0x80) | ((bits >>> 16) & 0x7f));
            rest[count + i] = (byte) (bits >>> 8);
            rest[2 * count + i] = (byte) bits;
        }
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
