package io.weft.quantizer.cast;

import io.weft.api.exchange.Codec;
import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import io.weft.api.tensor.TensorSpec;
import io.weft.tensor.Halves;
import java.nio.ByteBuffer;
import org.osgi.service.component.annotations.Component;

/**
 * IEEE 754 binary16, rounded to the nearest, ties to even. A finite value stays finite: beyond ±65504 it becomes ±65504. Infinities
 * are carried exactly, and a NaN stays a NaN.
 */
@Component(property = Plugin.NAME + "=fp16")
public final class Float16 implements Quantizer {

    @Override
    public int block(JobContext job) {
        return 1;
    }

    @Override
    public Codec codec(TensorSpec tensor, int round, JobContext job) {
        return new Saturating();
    }

    private static final class Saturating implements Codec {

        private static final int INFINITY = 0x7f80_0000;

        /** 65504 as fp32 bits: the largest fp16. */
        private static final int LARGEST = 0x477f_e000;

        /** 2⁻¹⁴ as fp32 bits: below, an fp16 is subnormal. */
        private static final int SMALLEST_NORMAL = (127 - 14) << 23;

        /** 0.5 as fp32 bits: adding it leaves a small number in units of 2⁻²⁴, correctly rounded, in the low bits. */
        private static final int HALF = 126 << 23;

        @Override
        public int room(int count) {
            return Math.multiplyExact(count, Short.BYTES);
        }

        /** So many at a time stay in the processor's first cache on their way. */
        private static final int RUN = 1 << 10;

        /** Added to a half's magnitude, it reaches the sign bit when the exponent is all ones. */
        private static final long ABOVE_FINITE = 0x0400_0400_0400_0400L;

        private static final long MAGNITUDES = 0x7fff_7fff_7fff_7fffL;
        private static final long SIGNS = 0x8000_8000_8000_8000L;

        private final short[] halves = new short[RUN];

        @Override
        public void encode(float[] piece, int count, ByteBuffer out) {
            if (!JavaFloat16.PRESENT) {
                encodeByHand(piece, 0, count, out);
                return;
            }
            for (int first = 0; first < count; first += RUN) {
                int run = Math.min(RUN, count - first);
                int start = out.position();
                JavaFloat16.narrow(piece, first, halves, run);
                out.asShortBuffer().put(halves, 0, run);
                if (allFinite(out, start, run)) {
                    out.position(start + run * Short.BYTES);
                } else {
                    encodeByHand(piece, first, run, out); // something overflowed, or was not finite before
                }
            }
        }

        private static boolean allFinite(ByteBuffer out, int start, int count) {
            long found = 0;
            int fours = count & ~3;
            for (int i = 0; i < fours; i += 4) {
                found |= (out.getLong(start + i * Short.BYTES) & MAGNITUDES) + ABOVE_FINITE;
            }
            for (int i = fours; i < count; i++) {
                found |= (out.getShort(start + i * Short.BYTES) & 0x7fff) + 0x0400;
            }
            return (found & SIGNS) == 0;
        }

        private static void encodeByHand(float[] piece, int first, int count, ByteBuffer out) {
            int start = out.position();
            for (int i = 0; i < count; i++) {
                int bits = Float.floatToRawIntBits(piece[first + i]);
                int magnitude = bits & 0x7fff_ffff;
                int half = magnitude < INFINITY
                        ? ((bits >>> 16) & 0x8000) | finite(Math.min(magnitude, LARGEST))
                        : Halves.toFloat16(piece[first + i]);
                out.putShort(start + i * Short.BYTES, (short) half);
            }
            out.position(start + count * Short.BYTES);
        }

        private static int finite(int magnitude) {
            int normal = (magnitude - (112 << 23) + 0xfff + ((magnitude >>> 13) & 1)) >>> 13;
            int subnormal = Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) + 0.5f) - HALF;
            return magnitude < SMALLEST_NORMAL ? subnormal : normal;
        }

        @Override
        public void decode(ByteBuffer in, float[] piece, int count) {
            if (!JavaFloat16.PRESENT) {
                Halves.fromFloat16(in, piece, 0, count);
                return;
            }
            for (int first = 0; first < count; first += RUN) {
                int run = Math.min(RUN, count - first);
                in.asShortBuffer().get(halves, 0, run);
                in.position(in.position() + run * Short.BYTES);
                JavaFloat16.widen(halves, piece, first, run);
            }
        }
    }
}
