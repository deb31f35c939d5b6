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
 * The upper half of an fp32, rounded to the nearest, ties to even. Infinities are carried exactly, a NaN stays a NaN, and what is
 * larger than the largest bf16 by more than half a step becomes infinite, as in every framework.
 */
@Component(property = Plugin.NAME + "=bf16")
public final class Bfloat16 implements Quantizer {

    @Override
    public int block(JobContext job) {
        return 1;
    }

    @Override
    public Codec codec(TensorSpec tensor, int round, JobContext job) {
        return new Rounding();
    }

    private static final class Rounding implements Codec {

        private static final long LOW_BITS_OF_BOTH = 0x0000_ffff_0000_ffffL;
        private static final long MAGNITUDES = 0x7fff_ffff_7fff_ffffL;
        private static final long SIGNS = 0x8000_0000_8000_0000L;

        /** Added to a magnitude, it reaches the sign bit for NaN and for nothing else. */
        private static final long ABOVE_INFINITY = 0x007f_ffff_007f_ffffL;

        private static final long HALF_A_STEP = 0x0000_7fff_0000_7fffL;
        private static final long ODD = 0x0000_0001_0000_0001L;

        @Override
        public int room(int count) {
            return Math.multiplyExact(count, Short.BYTES);
        }

        @Override
        public void encode(float[] piece, int count, ByteBuffer out) {
            int start = out.position();
            int fours = count & ~3;
            for (int i = 0; i < fours; i += 4) {
                long low = two(piece, i);
                long high = two(piece, i + 2);
                long tops = ((low & MAGNITUDES) + ABOVE_INFINITY) | ((high & MAGNITUDES) + ABOVE_INFINITY);
                if ((tops & SIGNS) != 0) {
                    oneByOne(piece, i, i + 4, out, start);
                } else {
                    out.putLong(start + i * Short.BYTES, upper(rounded(low)) | (upper(rounded(high)) << 32));
                }
            }
            oneByOne(piece, fours, count, out, start);
            out.position(start + count * Short.BYTES);
        }

        /** Two neighbours in one word halve the work, as neither half overflows into the other. */
        private static long two(float[] piece, int i) {
            return (Float.floatToRawIntBits(piece[i]) & 0xffff_ffffL)
                    | ((long) Float.floatToRawIntBits(piece[i + 1]) << 32);
        }

        private static long rounded(long both) {
            return both + HALF_A_STEP + ((both >>> 16) & ODD);
        }

        private static long upper(long both) {
            long halves = (both >>> 16) & LOW_BITS_OF_BOTH;
            return (halves & 0xffff) | (halves >>> 16);
        }

        private static void oneByOne(float[] piece, int from, int to, ByteBuffer out, int start) {
            for (int i = from; i < to; i++) {
                out.putShort(start + i * Short.BYTES, Halves.toBfloat16(piece[i]));
            }
        }

        @Override
        public void decode(ByteBuffer in, float[] piece, int count) {
            Halves.fromBfloat16(in, piece, 0, count);
        }
    }
}
