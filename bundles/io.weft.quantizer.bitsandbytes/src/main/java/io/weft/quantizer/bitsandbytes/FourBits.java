package io.weft.quantizer.bitsandbytes;

import io.weft.api.exchange.Codec;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Option;
import io.weft.api.tensor.TensorSpec;

/** What the two 4-bit quantizers have in common. */
final class FourBits {

    /** The options. */
    @interface Config {

        @Option(value = "How many values share a scale: a power of two.", min = 32, max = 4096)
        int block() default 64;

        @Option("Whether the scales are coded too, in 8 bits.")
        boolean doubleQuantization() default false;

        @Option("The code book of doubly quantized scales, in the last bits of which releases of PyTorch differ.")
        DynamicMap.Release map() default DynamicMap.Release.CURRENT;

        @Option(
                "Whether a value is rounded to one of the two codes around it at random, the nearer the likelier, so that means stay right.")
        boolean stochastic() default false;
    }

    private FourBits() {}

    /** With double quantization the scales of a piece fill whole blocks of their own. */
    static int block(String name, JobContext job) {
        Config config = job.options(Config.class);
        int block = BlockSize.check(config.block(), name);
        return config.doubleQuantization() ? block * DoublyQuantizedScales.BLOCK : block;
    }

    static Codec codec(NibbleBook book, TensorSpec tensor, int round, JobContext job) {
        Config config = job.options(Config.class);
        Scales scales = config.doubleQuantization()
                ? new DoublyQuantizedScales(tensor.name(), DynamicMap.of(config.map()))
                : new PlainScales();
        return new NibbleCodec(
                tensor.name(), book, config.block(), scales, Chance.of(config.stochastic(), tensor, round, job));
    }
}
