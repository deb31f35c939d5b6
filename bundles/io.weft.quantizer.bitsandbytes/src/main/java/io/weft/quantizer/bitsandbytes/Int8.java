package io.weft.quantizer.bitsandbytes;

import io.weft.api.exchange.Codec;
import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Option;
import io.weft.api.plugin.Plugin;
import io.weft.api.tensor.TensorSpec;
import java.lang.annotation.Annotation;
import org.osgi.service.component.annotations.Component;

/**
 * Blockwise dynamic 8-bit codes, bit for bit those of bitsandbytes' {@code quantize_blockwise} (Dettmers et al. 2022,
 * https://arxiv.org/abs/2110.02861). Values that are no numbers are refused.
 */
@Component(property = Plugin.NAME + "=int8")
public final class Int8 implements Quantizer {

    /** The options. */
    @interface Config {

        @Option(value = "How many values share a scale: a power of two.", min = 64, max = 65536)
        int block() default 4096;

        @Option("The code book, in the last bits of which releases of PyTorch differ.")
        DynamicMap.Release map() default DynamicMap.Release.CURRENT;

        @Option(
                "Whether a value is rounded to one of the two codes around it at random, the nearer the likelier, so that means stay right.")
        boolean stochastic() default false;
    }

    @Override
    public Class<? extends Annotation> options() {
        return Config.class;
    }

    @Override
    public int block(JobContext job) {
        return BlockSize.check(job.options(Config.class).block(), "int8");
    }

    @Override
    public Codec codec(TensorSpec tensor, int round, JobContext job) {
        Config config = job.options(Config.class);
        return new ByteCodec(
                tensor.name(),
                DynamicMap.of(config.map()),
                config.block(),
                Chance.of(config.stochastic(), tensor, round, job));
    }
}
