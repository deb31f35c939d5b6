package io.weft.lm.tuning;

import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorSpec;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** What is trained, exchanged and written for one job. */
@ConsumerType
public interface Tuning {

    /** The trained tensors, the layout of the result and the files that belong beside it. */
    Manifest manifest();

    /** The overlays; empty when the base's own weights are trained, which {@link Manifest#tensors()} then names. */
    List<Overlay> overlays();

    /**
     * Fills in the first value of a trained tensor of an overlay; never asked for weights of the base.
     *
     * @param into one element per element of the tensor, row by row
     */
    void initial(TensorSpec tensor, float[] into);
}
