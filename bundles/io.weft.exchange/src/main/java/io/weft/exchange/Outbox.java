package io.weft.exchange;

import io.weft.api.transport.Connection;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The sending half of a link. Frames that the receiving thread must send (credit, cancellations) never wait: waiting there for a
 * full link whose other end does the same would stop both for good. They go before everything else, and their number is bounded.
 */
final class Outbox {

    private static final int MAX_POSTED = 4096;

    private final Connection connection;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition writable = lock.newCondition();
    private final Deque<ByteBuffer> posted = new ArrayDeque<>();
    private boolean closed;

    Outbox(Connection connection) {
        this.connection = connection;
        connection.onWritable(this::resume);
    }

    /** Sends, waiting while the link is full. */
    void send(ByteBuffer frame) throws LinkClosed, InterruptedIOException {
        lock.lock();
        try {
            while (!closed && !(flush() && connection.send(frame))) {
                writable.await();
            }
            if (closed) {
                throw new LinkClosed("the link is closed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while sending");
        } finally {
            lock.unlock();
        }
    }

    /** Sends if there is room; otherwise the frame is dropped. */
    void offer(ByteBuffer frame) {
        lock.lock();
        try {
            if (!closed && flush()) {
                connection.send(frame);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends now or as soon as there is room, without waiting. */
    void post(ByteBuffer frame) throws ProtocolException {
        lock.lock();
        try {
            if (closed || (flush() && connection.send(frame))) {
                return;
            }
            if (posted.size() == MAX_POSTED) {
                throw new ProtocolException("the other end sends and does not receive");
            }
            posted.add(frame);
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            posted.clear();
            writable.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void resume() {
        lock.lock();
        try {
            flush();
            writable.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Sends what was posted; false when the link is full before that is done. */
    private boolean flush() {
        while (!posted.isEmpty()) {
            if (closed || !connection.send(posted.peek())) {
                return false;
            }
            posted.remove();
        }
        return true;
    }
}
