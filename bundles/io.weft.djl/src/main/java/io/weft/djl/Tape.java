package io.weft.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/**
 * Records operations of this thread for a backward pass, until it is closed.
 *
 * <p>DJL's own collector is exclusive in the whole process; tapes of several threads know nothing of each other.
 */
public final class Tape implements AutoCloseable {

    private final boolean before = JniUtils.isGradMode();

    public Tape() {
        JniUtils.setGradMode(true);
    }

    /** Adds the gradients of {@code loss}, a scalar or a sum over its elements, to the tensors that require one. */
    public void backward(NDArray loss) {
        try (NDArray one = loss.onesLike()) {
            JniUtils.backward((PtNDArray) loss, (PtNDArray) one, false, false);
        }
    }

    @Override
    public void close() {
        JniUtils.setGradMode(before);
    }
}
