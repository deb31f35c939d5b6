package io.weft.quantizer.lossless;

import io.weft.api.exchange.Codec;
import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import io.weft.api.tensor.TensorSpec;
import org.osgi.service.component.annotations.Component;

/**
 * Loses no bit: the exponents of trained numbers are alike and are Huffman-coded, signs and mantissas are not and stay as they are
 * (Hershcovitch et al. 2024, ZipNN, https://arxiv.org/abs/2411.05239). Pieces whose values are all exactly bf16, which is what an fp32
 * file of a bf16 model holds, leave out the bytes that are zero. Every value is carried bit for bit, whatever it is.
 */
@Component(property = Plugin.NAME + "=lossless")
public final class Lossless implements Quantizer {

    @Override
    public int block(JobContext job) {
        return 1;
    }

    @Override
    public Codec codec(TensorSpec tensor, int round, JobContext job) {
        return new SplitCodec(tensor.name());
    }
}
