package io.weft.api.exchange;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import io.weft.api.tensor.TensorSpec;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Codes tensors for the wire and decodes them. It sees one piece of one tensor at a time: which tensors are coded at all, what is
 * left over from round to round (error feedback), and where the bytes lie is the runtime's.
 */
@ConsumerType
public interface Quantizer extends Plugin {

    /** Whether it can code a tensor; one that it cannot code crosses the wire as it is. */
    default boolean accepts(TensorSpec tensor) {
        return tensor.type().decodable();
    }

    /**
     * How many elements are coded together: every piece is a multiple of it, except the last of a tensor.
     *
     * @return 1 or more
     * @throws io.weft.api.plugin.Refusal when the options do not fit together
     */
    int block(JobContext job);

    /**
     * Makes what codes or decodes one tensor; the runtime closes it.
     *
     * @param round of which {@link JobContext#random} is to be drawn
     */
    Codec codec(TensorSpec tensor, int round, JobContext job);

    /** Whether codes may be summed under masks. */
    default boolean additive() {
        return false;
    }
}
