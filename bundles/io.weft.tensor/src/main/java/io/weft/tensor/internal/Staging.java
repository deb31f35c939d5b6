package io.weft.tensor.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * A direct buffer between a channel and the heap, borrowed for one read or write.
 *
 * <p>The JDK would use a temporary direct buffer as large as the whole request and keep it for the thread; a few pieces that all
 * threads share keep that memory bounded.
 */
final class Staging implements AutoCloseable {

    /** Large enough that a system call costs nothing beside it, small enough for a processor's second-level cache. */
    static final int CAPACITY = 1 << 18;

    private static final ArrayBlockingQueue<ByteBuffer> IDLE =
            new ArrayBlockingQueue<>(2 * Runtime.getRuntime().availableProcessors());

    private final ByteBuffer buffer;

    private Staging(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    static Staging borrow() {
        ByteBuffer idle = IDLE.poll();
        return new Staging(idle == null ? ByteBuffer.allocateDirect(CAPACITY).order(ByteOrder.LITTLE_ENDIAN) : idle);
    }

    int capacity() {
        return CAPACITY;
    }

    /** The buffer, empty, with room for exactly {@code bytes}. */
    ByteBuffer room(int bytes) {
        return buffer.clear().limit(bytes);
    }

    @Override
    public void close() {
        IDLE.offer(buffer);
    }
}
