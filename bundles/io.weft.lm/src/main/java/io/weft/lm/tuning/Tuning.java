package io.weft.lm.tuning;

import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;

/** What is trained, exchanged and written for one job. */
@ConsumerType
public interface Tuning {

    /** The trained tensors, the layout of the result and the files that belong beside it. */
    Manifest manifest();

    /** What is added to the frozen model. */
    List<Overlay> overlays();

    /**
     * The base's own weights that are trained: by their names in the base, the trained tensor of the manifest, which starts with the
     * base's value. The output projection of a model that ties it to the input embeddings has the name {@code lm_head.weight}; it may
     * share the embeddings' tensor, or have one of its own, and stays as the base has it when it is left out.
     */
    default Map<String, TensorSpec> weights() {
        return Map.of();
    }

    /**
     * Fills in the first value of a trained tensor of an overlay; never asked for {@link #weights}.
     *
     * @param into one element per element of the tensor, row by row
     */
    void initial(TensorSpec tensor, float[] into);
}
