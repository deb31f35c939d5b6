package io.weft.quantizer.bitsandbytes;

import io.weft.api.exchange.Codec;
import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import io.weft.api.tensor.TensorSpec;
import java.lang.annotation.Annotation;
import org.osgi.service.component.annotations.Component;

/**
 * Blockwise 4-bit floating-point codes, bit for bit those of bitsandbytes' {@code quantize_4bit} (Dettmers et al. 2023,
 * https://arxiv.org/abs/2305.14314). Values that are no numbers are refused.
 */
@Component(property = Plugin.NAME + "=fp4")
public final class Fp4 implements Quantizer {

    @Override
    public Class<? extends Annotation> options() {
        return FourBits.Config.class;
    }

    @Override
    public int block(JobContext job) {
        return FourBits.block("fp4", job);
    }

    @Override
    public Codec codec(TensorSpec tensor, int round, JobContext job) {
        return FourBits.codec(NibbleBook.FP4, tensor, round, job);
    }
}
