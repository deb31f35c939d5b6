package io.weft.transport.local;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** One direction of a connection: frames in order, bounded by their number and their bytes, copied into buffers that are reused. */
final class FrameQueue {

    static final int MAX_FRAMES = 48;

    static final long MAX_BYTES = 1 << 20;

    private static final int MAX_SPARE = 6;

    private static final int WORTH_KEEPING = 16 << 10;

    private final Deque<ByteBuffer> frames = new ArrayDeque<>();
    private final Deque<ByteBuffer> spare = new ArrayDeque<>();
    private Runnable resume = () -> {};
    private long bytes;
    private boolean refused;
    private boolean closed;

    /** Takes a copy of the frame, or nothing when there is no room; a frame always fits an empty queue. */
    synchronized boolean offer(ByteBuffer frame) {
        if (closed) {
            return true; // nobody will read it; both ends are told by onClosed
        }
        if (!frames.isEmpty() && (frames.size() >= MAX_FRAMES || bytes + frame.remaining() > MAX_BYTES)) {
            refused = true;
            return false;
        }
        bytes += frame.remaining();
        frames.add(buffer(frame.remaining()).put(frame).flip());
        notifyAll();
        return true;
    }

    /** Waits for the next frame; empty when the connection is closed and every frame was taken. */
    synchronized Optional<ByteBuffer> take() throws InterruptedException {
        while (frames.isEmpty() && !closed) {
            wait();
        }
        return Optional.ofNullable(frames.peek());
    }

    /** Makes room of the frame that was taken last, and tells a sender that was refused. */
    void release() {
        Runnable waiting;
        synchronized (this) {
            ByteBuffer taken = frames.remove();
            bytes -= taken.limit();
            if (taken.capacity() >= WORTH_KEEPING && spare.size() < MAX_SPARE) {
                spare.add(taken);
            }
            if (!refused) {
                return;
            }
            refused = false;
            waiting = resume;
        }
        waiting.run();
    }

    synchronized void onWritable(Runnable told) {
        resume = told;
    }

    synchronized void close() {
        closed = true;
        notifyAll();
    }

    private ByteBuffer buffer(int size) {
        ByteBuffer kept = size >= WORTH_KEEPING ? spare.poll() : null;
        return kept != null && kept.capacity() >= size ? kept.clear() : ByteBuffer.allocate(size);
    }
}
