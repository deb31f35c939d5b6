package io.weft.api.tracking;

import io.weft.api.plugin.Summary;
import java.io.IOException;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Receives the metrics of one round, on one thread that does nothing else. A tracking that is slow or fails loses values and is
 * reported; the job neither waits for it nor fails.
 */
@ConsumerType
public interface Tracking extends AutoCloseable {

    /**
     * Takes one value. A round that is repeated after a crash gives its values again, with the same tags and steps.
     *
     * @param site where the value was measured; empty for the whole federation
     * @param tag what was measured, grouped by a slash: {@code train/loss}
     * @param step the round, counted from 1, or 0 for the initial model; of a tag that begins with {@code step/} the optimizer step
     *     of that site
     * @param value any {@code double}, also one that is not a number
     */
    void scalar(Optional<String> site, String tag, long step, double value) throws IOException;

    /**
     * Takes what a site's training wrote down by itself, under the tag and the step that it gave. Unless a tracking says otherwise,
     * numbers are taken as those of {@link #scalar}, and all else is left out.
     */
    default void summary(String site, String tag, long step, Summary value) throws IOException {
        if (value instanceof Summary.Scalar scalar) {
            scalar(Optional.of(site), tag, step, scalar.value());
        }
    }

    @Override
    void close() throws IOException;
}
