package io.weft.transport.mina;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/** Buffers for what is encrypted: those of a tensor's chunks lie outside the heap and are used again. */
final class BufferPool {

    /** A record's plaintext at most (RFC 8446, 5.1). */
    static final int RECORD = 1 << 14;

    /** A record as the JDK writes it, at most. */
    private static final int WRITTEN_RECORD = 16_709;

    private static final int MAX_KEPT = 16;

    private static final int WORTH_KEEPING = 40_000;

    /** Of a chunk of 256 KiB with its headers. */
    private static final int LARGE = room((256 << 10) + 64);

    private final BlockingQueue<ByteBuffer> kept = new ArrayBlockingQueue<>(MAX_KEPT);

    /** The bytes that so many become at most, with room for a key update among them. */
    private static int room(int plain) {
        return (plain / RECORD + 2) * WRITTEN_RECORD;
    }

    /** An empty buffer that so many bytes fit into once they are encrypted. */
    ByteBuffer take(int plain) {
        int room = room(plain);
        if (room <= WORTH_KEEPING || room > LARGE) {
            return ByteBuffer.allocate(room);
        }
        ByteBuffer used = kept.poll();
        return used == null ? ByteBuffer.allocateDirect(LARGE) : used.clear();
    }

    /** Takes a buffer back that nobody looks at any more. */
    void give(ByteBuffer buffer) {
        if (buffer.isDirect()) {
            kept.offer(buffer); // when enough are kept, this one is collected
        }
    }
}
