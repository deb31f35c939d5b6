package io.weft.lm.tuning;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/** Changes a weight row by row; a row is what lies under one index of the first dimension, a single element of a vector. */
@ConsumerType
@FunctionalInterface
public interface RowFold {

    /**
     * Changes some rows in place.
     *
     * @param first the number of the first row, from 0
     * @param rows the elements, row after row; only the first {@code count} rows count
     */
    void fold(long first, float[] rows, int count) throws IOException;
}
