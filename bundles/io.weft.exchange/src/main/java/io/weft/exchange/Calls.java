package io.weft.exchange;

import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;

/** What this end of a link has asked and is not answered yet. */
final class Calls {

    private final Outbox outbox;
    private final AtomicInteger streams;
    private final ReentrantLock opening = new ReentrantLock();
    private final Map<Integer, Call> waiting = new ConcurrentHashMap<>();
    private volatile Optional<Exception> closed = Optional.empty();

    Calls(Link.End end, Outbox outbox) {
        this.outbox = outbox;
        this.streams = new AtomicInteger(end == Link.End.DIALED ? 1 : 2);
    }

    /**
     * Sends a request. Streams are opened in the order of their numbers, so that a request that comes twice is found.
     *
     * @param calling makes the call of its stream
     * @return the stream
     */
    int begin(IntFunction<Call> calling, Message request) throws IOException {
        opening.lock();
        try {
            int stream = streams.getAndAdd(2);
            waiting.put(stream, calling.apply(stream));
            try {
                checkOpen();
                outbox.send(Frame.Type.REQUEST, stream, request);
                return stream;
            } catch (IOException | RuntimeException e) {
                waiting.remove(stream);
                throw e;
            }
        } finally {
            opening.unlock();
        }
    }

    /** Nobody waits any more; an answer that is still to come is of no use. */
    void end(int stream, boolean answered) throws ProtocolException {
        if (waiting.remove(stream) != null && !answered) {
            outbox.post(Frame.of(Frame.Type.CANCEL, stream, 0));
        }
    }

    /** Tells the other end that its answer is of no use any more. */
    void withdraw(int stream) throws ProtocolException {
        if (waiting.containsKey(stream)) {
            outbox.post(Frame.of(Frame.Type.CANCEL, stream, 0));
        }
    }

    /** Takes a frame of an answer. */
    void accept(Frame frame) throws IOException {
        Call call = waiting.get(frame.stream());
        if (call == null || call.over()) {
            return; // cancelled, or asked anew over another connection, while this frame was under way
        }
        try {
            Optional<ByteBuffer> back = call.accept(frame);
            if (back.isPresent()) {
                outbox.post(back.get());
            }
            if (call.over()) {
                waiting.remove(frame.stream());
            }
        } catch (ProtocolException e) {
            call.fail(e);
            throw e;
        } catch (IOException | RuntimeException e) {
            // The call's own trouble, such as a full disk or a tensor that was not agreed upon: the link stays.
            waiting.remove(frame.stream());
            call.fail(e);
            outbox.post(Frame.of(Frame.Type.CANCEL, frame.stream(), 0));
        }
    }

    /** Transfers ask for the rest anew. */
    void interruptTransfers() {
        waiting.values().stream()
                .filter(Call.ForTensors.class::isInstance)
                .forEach(transfer -> transfer.fail(new LinkInterrupted()));
    }

    /** Nothing is answered any more. */
    void close(Exception reason) {
        closed = Optional.of(reason);
        waiting.values().forEach(call -> call.fail(again(reason)));
    }

    private void checkOpen() throws LinkClosed {
        if (closed.isEmpty()) {
            return;
        }
        Exception reason = again(closed.get());
        if (reason instanceof Refusal refused) {
            throw refused;
        }
        throw (LinkClosed) reason;
    }

    /** A reason for each who waits: they throw it further, each with a history of its own. */
    private static Exception again(Exception reason) {
        return reason instanceof Refusal
                ? new Refusal(reason.getMessage(), reason)
                : new LinkClosed(reason.getMessage(), reason);
    }
}
