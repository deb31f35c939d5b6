package io.weft.api.filter;

import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.Outcome;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Filters one update, in two passes, a piece of one tensor at a time. Used by one thread at a time.
 *
 * <p>First the runtime passes all pieces to {@link #survey} in order if that is needed, then it asks for the verdict, then it has each
 * piece changed. With several filters, each sees what those before it made of a piece; therefore a piece may be changed more than once,
 * always from the same values, and must come out the same each time.
 *
 * <p>Pieces are differences to the received model, of tensors that can be decoded to fp32. Tensors of other types come to no filter:
 * they leave as they are, unless one {@linkplain #withholds withholds} them. An element whose difference no filter changes leaves bit
 * for bit as it was trained.
 */
@ConsumerType
public interface Filtering extends AutoCloseable {

    /**
     * Whether a tensor, of any type, stays at the site. What leaves in its place are the received model's values, a difference of zero;
     * no filter sees it any more.
     */
    default boolean withholds(TensorSpec tensor) {
        return false;
    }

    /** Whether something must be known of all elements before the first is changed, such as a norm. */
    default boolean needsSurvey() {
        return false;
    }

    /**
     * Looks at {@code piece[0 … count)}.
     *
     * @param first the index in the tensor of the piece's first element
     */
    default void survey(TensorSpec tensor, long first, float[] piece, int count) {}

    /**
     * Says why the update may not leave at all; empty when it may.
     *
     * @param outcome of the training
     */
    default Optional<String> refuse(Outcome outcome) {
        return Optional.empty();
    }

    /**
     * Changes {@code piece[0 … count)}.
     *
     * @param first the index in the tensor of the piece's first element
     */
    default void apply(TensorSpec tensor, long first, float[] piece, int count) {}

    /** What it did, for the site's own log; nothing of it leaves the site. Asked for after the last piece. */
    default Optional<String> account() {
        return Optional.empty();
    }

    @Override
    default void close() {}
}
