package io.weft.exchange;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.transport.Connection;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One end of a connection between a site and the server: requests with answers in both directions, notices, and tensors that the
 * end which wants them pulls. Received tensor bytes are put where they belong by the connection's receiving thread; requests run
 * on threads of the link's own, a bounded number at a time.
 */
public final class Link implements AutoCloseable {

    /** Which end of the connection this is: the two number their streams apart. */
    public enum End {
        DIALED,
        ACCEPTED
    }

    /** Chunk bytes of one stream that may be under way. */
    private static final long WINDOW = 4 << 20;

    private static final int MAX_REQUESTS = 16;

    private static final long IDLE_SECONDS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(Link.class);

    private final String name;
    private final Connection connection;
    private final Service service;
    private final Outbox outbox;
    private final int parity;
    private final AtomicInteger streams;
    private final Map<Integer, Call> calls = new ConcurrentHashMap<>();
    private final Map<Integer, Served> served = new ConcurrentHashMap<>();
    private final Map<Integer, Call.Parts> requests = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor workers;
    private final AtomicBoolean open = new AtomicBoolean(true);

    private record Served(Cancellation cancellation, Optional<Credit> credit) {

        void cancel() {
            cancellation.cancel();
            credit.ifPresent(Credit::cancel);
        }
    }

    private Link(String name, Connection connection, End end, Service service) {
        this.name = name;
        this.connection = connection;
        this.service = service;
        this.outbox = new Outbox(connection);
        this.parity = end == End.DIALED ? 1 : 0;
        this.streams = new AtomicInteger(parity == 1 ? 1 : 2);
        AtomicInteger number = new AtomicInteger();
        this.workers = new ThreadPoolExecutor(
                0, MAX_REQUESTS, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
                    Thread thread = new Thread(work, name + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * Speaks over a connection from now on.
     *
     * @param name for threads and messages, such as the other end's name
     */
    public static Link over(Connection connection, End end, String name, Service service) {
        Link link = new Link(name, connection, end, service);
        connection.onClosed(() -> link.shut("the other end is gone"));
        connection.onFrame(link::received);
        return link;
    }

    /** Asks and waits for the answer. */
    public <A extends Message> A ask(Message request, Class<A> answer, Cancellation cancellation)
            throws IOException, InterruptedException {
        return ask(request, answer, cancellation, new Cancellation());
    }

    /**
     * Asks and waits for the answer, or for the other end to have stopped.
     *
     * @param cancellation ends the wait
     * @param withdrawal tells the other end that its answer is of no use any more; the wait goes on
     */
    public <A extends Message> A ask(
            Message request, Class<A> answer, Cancellation cancellation, Cancellation withdrawal)
            throws IOException, InterruptedException {
        Call.ForMessage call = new Call.ForMessage();
        int stream = begin(call);
        boolean answered = false;
        Cancellation.Registration withdrawn = Cancellation.NOTHING;
        try {
            send(Frame.Type.REQUEST, stream, request);
            withdrawn = withdrawal.onCancel(() -> withdraw(stream));
            Message message = call.pending().await(cancellation);
            answered = true;
            if (!answer.isInstance(message)) {
                throw new ProtocolException(
                        "the answer to " + request.getClass().getSimpleName() + " is a "
                                + message.getClass().getSimpleName());
            }
            return answer.cast(message);
        } finally {
            withdrawn.close();
            end(stream, answered);
        }
    }

    private void withdraw(int stream) {
        if (calls.containsKey(stream) && open.get()) {
            try {
                outbox.post(Frame.of(Frame.Type.CANCEL, stream, 0));
            } catch (ProtocolException e) {
                shut(e.getMessage());
            }
        }
    }

    /** Pulls what is left of a transfer and waits until it is whole. */
    public Message.Pulled pull(Transfer transfer, Cancellation cancellation) throws IOException, InterruptedException {
        int stream = streams.getAndAdd(2);
        Call.ForTensors call = new Call.ForTensors(transfer, stream, WINDOW);
        register(stream, call);
        boolean whole = false;
        try {
            send(Frame.Type.REQUEST, stream, transfer.request(WINDOW));
            Message.Pulled taken = call.pending().await(cancellation);
            whole = true;
            return taken;
        } finally {
            end(stream, whole);
        }
    }

    /** Sends a message that wants no answer, unless the link is full. */
    public void notice(Message notice) {
        outbox.offer(Frame.of(Frame.Type.NOTICE, 0, 0, 0, ByteBuffer.wrap(Messages.encode(notice))));
    }

    /**
     * Sends a message that wants no answer, waiting while the link is full. It is there before any later message of this end is.
     *
     * @throws LinkClosed when the link is closed
     */
    public void tell(Message notice) throws IOException {
        outbox.send(Frame.of(Frame.Type.NOTICE, 0, 0, 0, ByteBuffer.wrap(Messages.encode(notice))));
    }

    public boolean isOpen() {
        return open.get();
    }

    @Override
    public void close() {
        shut("the link was closed");
    }

    private int begin(Call call) throws LinkClosed {
        int stream = streams.getAndAdd(2);
        register(stream, call);
        return stream;
    }

    private void register(int stream, Call call) throws LinkClosed {
        calls.put(stream, call);
        if (!open.get()) {
            calls.remove(stream);
            throw new LinkClosed(name + ": the link is closed");
        }
    }

    private void end(int stream, boolean answered) throws ProtocolException {
        if (calls.remove(stream) != null && !answered && open.get()) {
            outbox.post(Frame.of(Frame.Type.CANCEL, stream, 0));
        }
    }

    private void send(Frame.Type type, int stream, Message message) throws IOException {
        byte[] bytes = Messages.encode(message);
        int from = 0;
        do {
            int length = Math.min(Frame.MAX_PAYLOAD, bytes.length - from);
            int more = from + length < bytes.length ? Frame.MORE : 0;
            outbox.send(Frame.of(type, more, stream, 0, ByteBuffer.wrap(bytes, from, length)));
            from += length;
        } while (from < bytes.length);
    }

    private void received(ByteBuffer bytes) {
        try {
            Frame frame = Frame.parse(bytes);
            switch (frame.type()) {
                case REQUEST -> requested(frame);
                case ANSWER, FAILURE, TENSOR, CHUNK, DIGEST, END -> answered(frame);
                case CANCEL -> Optional.ofNullable(served.get(frame.stream())).ifPresent(Served::cancel);
                case CREDIT ->
                    Optional.ofNullable(served.get(frame.stream()))
                            .flatMap(Served::credit)
                            .ifPresent(credit -> credit.grant(frame.offset()));
                case NOTICE -> service.notice(Messages.decode(whole(frame)));
            }
        } catch (IOException e) {
            LOG.warn("{}: {}", name, e.getMessage());
            shut(e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("{}: a frame could not be handled", name, e);
            shut(e.toString());
        }
    }

    private static byte[] whole(Frame frame) throws ProtocolException {
        return new Call.Parts()
                .add(frame)
                .orElseThrow(() -> new ProtocolException("a frame " + frame.type() + " is not whole"));
    }

    private void answered(Frame frame) throws IOException {
        Call call = calls.get(frame.stream());
        if (call == null) {
            return; // cancelled while this frame was under way
        }
        try {
            Optional<ByteBuffer> back = call.accept(frame);
            if (back.isPresent()) {
                outbox.post(back.get());
            }
            if (call.over()) {
                calls.remove(frame.stream());
            }
        } catch (ProtocolException e) {
            call.fail(e);
            throw e;
        } catch (IOException | RuntimeException e) {
            // The call's own trouble, such as a full disk or a tensor that was not agreed upon: the link stays.
            calls.remove(frame.stream());
            call.fail(e);
            outbox.post(Frame.of(Frame.Type.CANCEL, frame.stream(), 0));
        }
    }

    private void requested(Frame frame) throws IOException {
        int stream = frame.stream();
        if ((stream & 1) == parity || served.containsKey(stream)) {
            throw new ProtocolException("stream " + stream + " is not the other end's to open");
        }
        if (!requests.containsKey(stream) && requests.size() >= MAX_REQUESTS) {
            throw new ProtocolException("too many requests at once");
        }
        Optional<byte[]> whole =
                requests.computeIfAbsent(stream, opened -> new Call.Parts()).add(frame);
        if (whole.isEmpty()) {
            return;
        }
        requests.remove(stream);
        Message request = Messages.decode(whole.get());
        Optional<Credit> credit =
                request instanceof Message.Pull pull ? Optional.of(new Credit(pull.credit())) : Optional.empty();
        Served serving = new Served(new Cancellation(), credit);
        served.put(stream, serving);
        try {
            workers.execute(() -> serve(stream, request, serving));
        } catch (RejectedExecutionException e) {
            served.remove(stream);
            Message busy =
                    new Message.Failure(Message.Failure.Kind.FAILED, "more than " + MAX_REQUESTS + " requests at once");
            outbox.post(Frame.of(Frame.Type.FAILURE, 0, stream, 0, ByteBuffer.wrap(Messages.encode(busy))));
        }
    }

    private void serve(int stream, Message request, Served serving) {
        try {
            if (request instanceof Message.Pull pull) {
                try (TensorReader from = service.open(pull.resource())) {
                    new Sending(outbox, stream, serving.credit().orElseThrow())
                            .send(from, pull.tensor(), pull.offset());
                }
            } else {
                send(Frame.Type.ANSWER, stream, service.answer(request, serving.cancellation()));
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
            return new Message.Failure(Message.Failure.Kind.REFUSED, String.valueOf(e.getMessage()));
        }
        if (e instanceof CancellationException) {
            return new Message.Failure(Message.Failure.Kind.CANCELLED, String.valueOf(e.getMessage()));
        }
        LOG.error("{}: {} failed", name, request.getClass().getSimpleName(), e);
        return new Message.Failure(
                Message.Failure.Kind.FAILED,
                e instanceof IOException broken ? FileProblem.words(broken) : e.toString());
    }

    private void refuse(int stream, Message.Failure failure) {
        try {
            send(Frame.Type.FAILURE, stream, failure);
        } catch (IOException e) {
            LOG.debug("{}: closed while answering", name);
        }
    }

    private void shut(String reason) {
        if (!open.compareAndSet(true, false)) {
            return;
        }
        outbox.close();
        connection.close();
        List<Call> waiting = new ArrayList<>(calls.values());
        waiting.forEach(call -> call.fail(new LinkClosed(name + ": " + reason)));
        served.values().forEach(Served::cancel);
        workers.shutdown();
        service.closed();
    }
}
