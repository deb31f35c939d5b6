import io.weft.api.exchange.Codec;
import io.weft.api.exchange.Quantizer;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.testing.TestJob;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** GB/s of fp32 that one thread codes and decodes, in pieces as the runtime does it: the best and the median of several passes. */
final class CodecSpeed {

    private static final int PIECE = 64 << 10;
    /** So many pieces are coded before what is measured counts: by then all is compiled. */
    private static final int WARM = 1500;

    private static final int PASSES = 15;

    public static void main(String[] words) throws Exception {
        int pieces = Integer.parseInt(words[0]);
        float[][] values = new float[pieces][PIECE];
        SplittableRandom random = new SplittableRandom(1);
        for (float[] piece : values) {
            for (int i = 0; i < PIECE; i++) {
                piece[i] = (float) random.nextGaussian(0, 0.02);
            }
        }
        System.out.printf("%-10s %16s %16s   (%d MiB of fp32)%n", "codec", "encode best/med", "decode best/med", pieces / 4);
        copy(values);
        Map<String, String> quantizers = new LinkedHashMap<>();
        quantizers.put("bf16", "io.weft.quantizer.cast.Bfloat16");
        quantizers.put("fp16", "io.weft.quantizer.cast.Float16");
        quantizers.put("int8", "io.weft.quantizer.bitsandbytes.Int8");
        quantizers.put("nf4", "io.weft.quantizer.bitsandbytes.Nf4");
        quantizers.put("fp4", "io.weft.quantizer.bitsandbytes.Fp4");
        quantizers.put("lossless", "io.weft.quantizer.lossless.Lossless");
        for (Map.Entry<String, String> one : quantizers.entrySet()) {
            measure(one.getKey(), (Quantizer) Class.forName(one.getValue()).getConstructor().newInstance(), values);
        }
        for (float[] piece : values) {
            for (int i = 0; i < PIECE; i++) {
                piece[i] = Float.intBitsToFloat(Float.floatToRawIntBits(piece[i]) & 0xffff0000);
            }
        }
        measure("lossless*", (Quantizer) Class.forName(quantizers.get("lossless")).getConstructor().newInstance(), values);
        System.out.println("* of values that are bf16: half of the figure is GB/s of bf16");
    }

    private static void copy(float[][] values) {
        float[] into = new float[PIECE];
        double[] seconds = new double[PASSES];
        for (int pass = 0; pass < PASSES; pass++) {
            long begun = System.nanoTime();
            for (float[] piece : values) {
                System.arraycopy(piece, 0, into, 0, PIECE);
            }
            seconds[pass] = (System.nanoTime() - begun) / 1e9;
        }
        System.out.printf("%-10s %16s%n", "copy", shown(values.length, seconds));
    }

    private static void measure(String name, Quantizer quantizer, float[][] values) {
        Codec codec = quantizer.codec(
                TensorSpec.of("w", DType.F32, Shape.of(PIECE)), 1, new TestJob(Map.of()));
        ByteBuffer[] coded = new ByteBuffer[values.length];
        for (int i = 0; i < coded.length; i++) {
            coded[i] = ByteBuffer.allocate(codec.room(PIECE)).order(ByteOrder.LITTLE_ENDIAN);
        }
        double[] encode = new double[PASSES];
        double[] decode = new double[PASSES];
        float[] into = new float[PIECE];
        for (int i = 0; i < WARM; i++) {
            codec.encode(values[0], PIECE, coded[0].clear());
            codec.decode(coded[0].flip(), into, PIECE);
        }
        for (int pass = 0; pass < PASSES; pass++) {
            long begun = System.nanoTime();
            for (int i = 0; i < values.length; i++) {
                codec.encode(values[i], PIECE, coded[i].clear());
            }
            long middle = System.nanoTime();
            for (ByteBuffer piece : coded) {
                codec.decode(piece.flip(), into, PIECE);
            }
            long end = System.nanoTime();
            encode[pass] = (middle - begun) / 1e9;
            decode[pass] = (end - middle) / 1e9;
        }
        System.out.printf("%-10s %16s %16s%n", name, shown(values.length, encode), shown(values.length, decode));
    }

    private static String shown(int pieces, double[] seconds) {
        double[] sorted = seconds.clone();
        Arrays.sort(sorted);
        double gigabytes = (double) pieces * PIECE * Float.BYTES / 1e9;
        return String.format("%.2f / %.2f", gigabytes / sorted[0], gigabytes / sorted[PASSES / 2]);
    }
}
