package io.weft.lm.tuning;

import java.io.IOException;
import java.util.SortedSet;
import org.osgi.annotation.versioning.ConsumerType;

/** How an adapter changes weights of its base, so that it can be folded into them. */
@ConsumerType
public interface Folding {

    /**
     * The names of the weights that it changes, all of them tensors of the base, with one exception: {@code lm_head.weight} where the
     * base ties it to the input embeddings, which is then folded on from their values and written as a weight of its own.
     */
    SortedSet<String> weights();

    /** Gets ready to change one of them; reads what that needs and no more. */
    RowFold open(String weight) throws IOException;
}
