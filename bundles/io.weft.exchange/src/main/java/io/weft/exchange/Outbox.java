package io.weft.exchange;

import io.weft.api.plugin.Refusal;
import io.weft.api.transport.Connection;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The sending half of a link. Frames that the receiving thread must send (credit, cancellations) never wait: waiting there for a
 * full link whose other end does the same would stop both for good. They go before everything else, and their number is bounded.
 *
 * <p>Counted frames are kept until the other end has received them, and sent again over the next connection. Senders take turns: control passes
 * however much is streamed.
 */
final class Outbox {

    private static final int MAX_POSTED = 4096;

    /** Parts of a message: control of others goes in between, and a slow link shows soon that it is alive. */
    private static final int PART = 64 << 10;

    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition writable = lock.newCondition();
    private final Deque<ByteBuffer> posted = new ArrayDeque<>();
    private final Deque<ByteBuffer> kept = new ArrayDeque<>();
    private long acknowledged;
    private Optional<Connection> connection = Optional.empty();
    private Optional<Exception> closed = Optional.empty();

    /**
     * Sends over this connection from now on, first what the other end has not received.
     *
     * @param received the number of counted frames that it has
     */
    void attach(Connection next, long received) throws ProtocolException {
        lock.lock();
        try {
            acknowledge(received);
            while (!kept.isEmpty()) {
                posted.addFirst(kept.removeLast());
            }
            connection = Optional.of(next);
            next.onWritable(this::resume);
            flush();
            writable.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Sends nothing until there is another connection. What only the former one could use is dropped. */
    void detach() {
        lock.lock();
        try {
            connection = Optional.empty();
            posted.removeIf(frame -> !Frame.isCounted(frame));
        } finally {
            lock.unlock();
        }
    }

    /** The other end has received so many counted frames. */
    void acknowledge(long received) throws ProtocolException {
        lock.lock();
        try {
            if (received < acknowledged || received > acknowledged + kept.size()) {
                throw new ProtocolException("the other end says that it has received " + received + " frames; between "
                        + acknowledged + " and " + (acknowledged + kept.size()) + " were sent");
            }
            for (Iterator<ByteBuffer> frames = kept.iterator(); acknowledged < received; acknowledged++) {
                frames.next();
                frames.remove();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends, waiting while the link is full or between two connections. */
    void send(ByteBuffer frame) throws LinkClosed, InterruptedIOException {
        lock.lock();
        try {
            while (closed.isEmpty() && !(flush() && transmit(frame))) {
                writable.await();
            }
            if (closed.isPresent()) {
                if (closed.get() instanceof Refusal refused) {
                    throw new Refusal(refused.getMessage(), refused);
                }
                throw new LinkClosed(closed.get().getMessage(), closed.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while sending");
        } finally {
            lock.unlock();
        }
    }

    /** Sends a message in parts, waiting as for every frame. */
    void send(Frame.Type type, int stream, Message message) throws LinkClosed, InterruptedIOException {
        byte[] bytes = Messages.encode(message);
        int from = 0;
        do {
            int length = Math.min(PART, bytes.length - from);
            int more = from + length < bytes.length ? Frame.MORE : 0;
            send(Frame.of(type, more, stream, 0, ByteBuffer.wrap(bytes, from, length)));
            from += length;
        } while (from < bytes.length);
    }

    /** Sends if there is room; otherwise the frame is dropped. */
    void offer(ByteBuffer frame) {
        lock.lock();
        try {
            if (flush()) {
                transmit(frame);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends now or as soon as there is room, without waiting. */
    void post(ByteBuffer frame) throws ProtocolException {
        lock.lock();
        try {
            if (closed.isPresent() || (flush() && transmit(frame))) {
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

    void close(Exception reason) {
        lock.lock();
        try {
            closed = Optional.of(reason);
            posted.clear();
            kept.clear();
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
            if (!transmit(posted.peek())) {
                return false;
            }
            posted.remove();
        }
        return true;
    }

    private boolean transmit(ByteBuffer frame) {
        if (closed.isPresent() || connection.isEmpty()) {
            return false;
        }
        ByteBuffer again = frame.duplicate();
        if (!connection.get().send(frame)) {
            return false;
        }
        if (Frame.isCounted(again)) {
            kept.add(again);
        }
        return true;
    }
}
