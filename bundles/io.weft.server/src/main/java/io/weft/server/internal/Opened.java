package io.weft.server.internal;

import io.weft.api.tensor.TensorReader;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Readers that are closed together, last first. */
final class Opened implements AutoCloseable {

    private final Deque<TensorReader> readers = new ArrayDeque<>();

    TensorReader add(TensorReader reader) {
        readers.push(reader);
        return reader;
    }

    @Override
    public void close() throws IOException {
        if (readers.isEmpty()) {
            return;
        }
        try (TensorReader last = readers.pop()) {
            close();
        }
    }
}
