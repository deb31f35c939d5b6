package io.weft.api.aggregation;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import org.osgi.annotation.versioning.ConsumerType;

/** Folds the updates of a round into the next global model. */
@ConsumerType
public interface Aggregator extends Plugin {

    /** Makes what one round needs; the runtime closes it at the round's end. */
    Aggregation open(JobContext job);

    /** Whether the result is linear in Σw·x, so that it works under secure sums and in a hierarchy. */
    default boolean sumsOnly() {
        return false;
    }
}
