package io.weft.api.aggregation;

import org.osgi.annotation.versioning.ConsumerType;

/** Computes a piece of the result element by element, from the same piece of every site and of the global model. */
@ConsumerType
@FunctionalInterface
public interface ElementFold {

    /**
     * Fills {@code out[0 … count)}. Called from several threads with different pieces; the arrays are lent for the call.
     *
     * @param global the piece of the global model before this round
     * @param sites {@code sites[k][i]} is element i of the k-th contribution, in site-name order
     * @param weights the contributions' weights, in the same order
     */
    void fold(float[] global, float[][] sites, double[] weights, float[] out, int count);
}
