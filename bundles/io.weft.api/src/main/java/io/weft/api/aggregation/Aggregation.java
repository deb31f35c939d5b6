package io.weft.api.aggregation;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/** The aggregation of one round. What must last longer goes through the job's state. */
@ConsumerType
@FunctionalInterface
public interface Aggregation extends AutoCloseable {

    /** Writes {@link Round#result()} from the round's contributions. */
    void aggregate(Round round) throws IOException;

    @Override
    default void close() {}
}
