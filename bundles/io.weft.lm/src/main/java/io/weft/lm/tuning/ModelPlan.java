package io.weft.lm.tuning;

import io.weft.api.tensor.Companion;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.TensorSpec;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** A base model as a strategy sees it. Names are Hugging Face's. */
@ProviderType
public interface ModelPlan {

    /** Where the base lies, as the site was told. */
    String location();

    /** SHA-256 (hex) of the base's weights, configuration and tokenizer. */
    String digest();

    /** The element type of the base's weights on disk, which results are written in. */
    DType type();

    /** The number of layers. */
    int layers();

    /** The width of the residual stream. */
    int hidden();

    /** The number of rows of the input embedding. */
    int vocabulary();

    /** The linear layers that an overlay may sit on, in the order in which they are computed. */
    List<LinearLayer> linears();

    /** Every weight, with its type on disk; a tied output projection is not listed. */
    List<TensorSpec> weights();

    /** The files beside the base's weights: configuration and tokenizer. */
    List<Companion> companions();
}
