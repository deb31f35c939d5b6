package io.weft.exchange;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.tensor.DiskFull;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the other end of a link asks of this one: answered by threads of its own, a bounded number at a time. */
final class Serving {

    private static final int MAX_REQUESTS = 16;

    private static final long IDLE_SECONDS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(Serving.class);

    private final String name;
    private final int parity;
    private final Outbox outbox;
    private final Service service;
    private final ThreadPoolExecutor workers;
    private final Map<Integer, Call.Parts> requests = new ConcurrentHashMap<>();
    private final Map<Integer, Served> served = new ConcurrentHashMap<>();
    private int lastOpened;

    private record Served(Cancellation cancellation, Optional<Credit> credit) {

        void cancel() {
            cancellation.cancel();
            credit.ifPresent(Credit::cancel);
        }
    }

    Serving(String name, Link.End end, Outbox outbox, Service service) {
        this.name = name;
        this.parity = end == Link.End.DIALED ? 1 : 0;
        this.outbox = outbox;
        this.service = service;
        AtomicInteger number = new AtomicInteger();
        this.workers = new ThreadPoolExecutor(
                0, MAX_REQUESTS, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
                    Thread thread = new Thread(work, name + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Takes a frame of a request, and has the request answered when this was its last one. */
    void request(Frame frame) throws IOException {
        int stream = frame.stream();
        if (stream <= 0 || (stream & 1) == parity) {
            throw new ProtocolException("stream " + stream + " is not the other end's to open");
        }
        if (!requests.containsKey(stream)) {
            if (stream <= lastOpened) {
                throw new ProtocolException("stream " + stream + " was opened before");
            }
            if (requests.size() >= MAX_REQUESTS) {
                throw new ProtocolException("too many requests at once");
            }
            lastOpened = stream;
        }
        Optional<byte[]> whole =
                requests.computeIfAbsent(stream, opened -> new Call.Parts()).add(frame);
        if (whole.isEmpty()) {
            return;
        }
        requests.remove(stream);
        Message request;
        try {
            request = Messages.decode(whole.get());
        } catch (UnknownMessage e) {
            // Of a later minor version, which must be able to do without an answer.
            postFailure(stream, new Message.Failure(Message.Failure.Kind.REFUSED, e.getMessage()));
            return;
        }
        begin(stream, request);
    }

    private void begin(int stream, Message request) throws ProtocolException {
        Optional<Credit> credit =
                request instanceof Message.Pull pull ? Optional.of(new Credit(pull.credit())) : Optional.empty();
        Served serving = new Served(new Cancellation(), credit);
        served.put(stream, serving);
        try {
            workers.execute(() -> serve(stream, request, serving));
        } catch (RejectedExecutionException e) {
            served.remove(stream);
            postFailure(
                    stream,
                    new Message.Failure(
                            Message.Failure.Kind.FAILED, "more than " + MAX_REQUESTS + " requests at once"));
        }
    }

    /** The answer is of no use any more. */
    void cancel(int stream) {
        Optional.ofNullable(served.get(stream)).ifPresent(Served::cancel);
    }

    /** The other end takes so many bytes of a stream, counted from its start. */
    void credit(int stream, long granted) {
        Optional.ofNullable(served.get(stream)).flatMap(Served::credit).ifPresent(credit -> credit.grant(granted));
    }

    /** The other end asks for the rest anew. */
    void interruptTransfers() {
        served.values().forEach(pulled -> pulled.credit().ifPresent(Credit::cancel));
    }

    void close() {
        served.values().forEach(Served::cancel);
        workers.shutdown();
    }

    private void serve(int stream, Message request, Served serving) {
        try {
            if (request instanceof Message.Pull pull) {
                try (TensorReader from = service.open(pull.resource())) {
                    new Sending(outbox, stream, serving.credit().orElseThrow())
                            .send(from, pull.tensor(), pull.offset());
                }
            } else {
                outbox.send(Frame.Type.ANSWER, stream, service.answer(request, serving.cancellation()));
            }
        } catch (LinkClosed e) {
            LOG.debug("{}: closed while answering", name);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException | Error e) {
            // An error of a plugin, too, such as a class that it lacks: without an answer the other end would wait for
            // good.
            refuse(stream, failure(request, e));
        } finally {
            served.remove(stream);
        }
    }

    private Message.Failure failure(Message request, Throwable e) {
        if (e instanceof Refusal) {
            return failure(Message.Failure.Kind.REFUSED, String.valueOf(e.getMessage()));
        }
        if (e instanceof CancellationException) {
            return failure(Message.Failure.Kind.CANCELLED, String.valueOf(e.getMessage()));
        }
        if (e instanceof DiskFull) {
            LOG.warn("{}: {} failed: {}", name, request.getClass().getSimpleName(), e.getMessage());
        } else {
            LOG.error("{}: {} failed", name, request.getClass().getSimpleName(), e);
        }
        return failure(
                Message.Failure.Kind.FAILED,
                e instanceof IOException broken ? FileProblem.words(broken) : e.toString());
    }

    private Message.Failure failure(Message.Failure.Kind kind, String reason) {
        return new Message.Failure(kind, service.outgoing(reason));
    }

    private void refuse(int stream, Message.Failure failure) {
        try {
            outbox.send(Frame.Type.FAILURE, stream, failure);
        } catch (IOException e) {
            LOG.debug("{}: closed while answering", name);
        }
    }

    private void postFailure(int stream, Message.Failure failure) throws ProtocolException {
        outbox.post(Frame.of(Frame.Type.FAILURE, 0, stream, 0, ByteBuffer.wrap(Messages.encode(failure))));
    }
}
