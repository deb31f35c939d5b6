package io.weft.benchmarks;

import io.weft.api.exchange.Codec;
import io.weft.api.exchange.Quantizer;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.testing.TestJob;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** GB/s of fp32 that are coded and decoded, in pieces as the runtime does it, by one thread and by as many as there are cores. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class CodecSpeed {

    private static final int PIECE = 64 << 10;

    private static final Map<String, String> QUANTIZERS = Map.of(
            "bf16", "io.weft.quantizer.cast.Bfloat16",
            "fp16", "io.weft.quantizer.cast.Float16",
            "int8", "io.weft.quantizer.bitsandbytes.Int8",
            "nf4", "io.weft.quantizer.bitsandbytes.Nf4",
            "fp4", "io.weft.quantizer.bitsandbytes.Fp4",
            "lossless", "io.weft.quantizer.lossless.Lossless");

    /** Lossless coding of values that are bf16. */
    private static final String LOSSLESS_OF_BF16 = "lossless*";

    private static final String COPY = "copy";

    private static final List<String> ORDER =
            List.of(COPY, "bf16", "fp16", "int8", "nf4", "fp4", "lossless", LOSSLESS_OF_BF16);

    @Param("copy")
    public String codec;

    /** Four stay in a core's cache, 256 do not. */
    @Param("4")
    public int pieces;

    private float[][] values;
    private float[] into;
    private ByteBuffer[] coded;
    private Codec used;

    @Setup(Level.Trial)
    public void prepare() throws ReflectiveOperationException {
        SplittableRandom random = new SplittableRandom(1);
        values = new float[pieces][PIECE];
        into = new float[PIECE];
        coded = new ByteBuffer[pieces];
        for (float[] piece : values) {
            for (int i = 0; i < PIECE; i++) {
                float value = (float) random.nextGaussian(0, 0.02);
                piece[i] = codec.equals(LOSSLESS_OF_BF16)
                        ? Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xffff0000)
                        : value;
            }
        }
        if (codec.equals(COPY)) {
            return;
        }
        Quantizer quantizer = (Quantizer)
                Class.forName(QUANTIZERS.get(codec.replace("*", ""))).getConstructor().newInstance();
        used = quantizer.codec(TensorSpec.of("w", DType.F32, Shape.of(PIECE)), 1, new TestJob(Map.of()));
        for (int i = 0; i < pieces; i++) {
            coded[i] = ByteBuffer.allocate(used.room(PIECE)).order(ByteOrder.LITTLE_ENDIAN);
            used.encode(values[i], PIECE, coded[i]);
            coded[i].flip();
        }
    }

    @Benchmark
    public Object copy() {
        for (float[] piece : values) {
            System.arraycopy(piece, 0, into, 0, PIECE);
        }
        return into;
    }

    @Benchmark
    public Object encode() {
        for (int i = 0; i < pieces; i++) {
            used.encode(values[i], PIECE, coded[i].clear());
            coded[i].flip();
        }
        return coded;
    }

    @Benchmark
    public Object decode() {
        for (ByteBuffer piece : coded) {
            used.decode(piece.rewind(), into, PIECE);
        }
        return into;
    }

    /** {@code main PIECES [CODEC…]}. */
    public static void main(String[] words) throws Exception {
        int pieces = Integer.parseInt(words[0]);
        List<String> codecs = words.length == 1 ? ORDER : List.of(words).subList(1, words.length);
        int cores = Runtime.getRuntime().availableProcessors();
        System.out.printf(
                "Java %s, pieces of 256 KiB: %d a thread; GB/s of fp32, the mean and half the width of its interval of 99.9 %%%n",
                Runtime.version().feature(), pieces);
        System.out.printf("%-18s %s %s%n", "", heading("1 thread"), heading(cores + " threads"));
        for (String codec : codecs) {
            List<String> cells = new ArrayList<>();
            for (int threads : new int[] {1, cores}) {
                if (codec.equals(COPY)) {
                    cells.add(measured("copy", codec, pieces, threads));
                    cells.add("");
                } else {
                    cells.add(measured("encode", codec, pieces, threads));
                    cells.add(measured("decode", codec, pieces, threads));
                }
            }
            System.out.printf("%-18s %15s %15s %15s %15s%n", codec, cells.get(0), cells.get(1), cells.get(2), cells.get(3));
        }
    }

    private static String heading(String threads) {
        return String.format("%15s %15s", threads + " encode", "decode");
    }

    private static String measured(String method, String codec, int pieces, int threads) throws Exception {
        Options options = new OptionsBuilder()
                .include(CodecSpeed.class.getName() + "\\." + method + "$")
                .param("codec", codec)
                .param("pieces", Integer.toString(pieces))
                .threads(threads)
                .forks(1)
                .warmupIterations(6)
                .warmupTime(TimeValue.milliseconds(500))
                .measurementIterations(6)
                .measurementTime(TimeValue.milliseconds(300))
                .jvmArgs("-XX:+UseSerialGC", "-Xms1g", "-Xmx1g")
                .verbosity(VerboseMode.SILENT)
                .build();
        RunResult run = new Runner(options).runSingle();
        Result<?> result = run.getPrimaryResult();
        double bytes = (double) threads * pieces * PIECE * Float.BYTES;
        double rate = bytes / result.getScore();
        double spread = rate * result.getScoreError() / result.getScore();
        return String.format(Locale.ROOT, "%.2f ± %.2f", rate, spread);
    }
}
