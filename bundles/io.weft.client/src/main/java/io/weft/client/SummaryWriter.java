package io.weft.client;

import java.util.Map;

/** Takes numbers while a program trains, as TensorBoard's writer of the same name does; they arrive at the server at once. */
public final class SummaryWriter implements AutoCloseable {

    /** A number at a step. */
    public void addScalar(String tag, double value, long step) {
        Weft.log(tag, value, step);
    }

    /** Several numbers at a step, as {@code tag/name}. */
    public void addScalars(String tag, Map<String, Double> values, long step) {
        values.forEach((name, value) -> Weft.log(tag + "/" + name, value, step));
    }

    /** Nothing is held back, so there is nothing to do. */
    public void flush() {}

    @Override
    public void close() {}
}
