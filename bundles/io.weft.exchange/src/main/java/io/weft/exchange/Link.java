package io.weft.exchange;

import io.weft.api.plugin.Refusal;
import io.weft.api.transport.Connection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One end of a connection between a site and the server: requests with answers in both directions, notices, and tensors that the
 * end which wants them pulls. Received tensor bytes are put where they belong by the connection's receiving thread; requests run
 * on threads of the link's own, a bounded number at a time.
 *
 * <p>A link that is dialed with a {@link Redial}, or accepted by {@link Links}, outlives its connection: when that breaks, both ends go on over the
 * next one as if nothing had happened. Requests and answers arrive once, and a transfer goes on at the byte where it stood.
 */
public final class Link implements AutoCloseable {

    /** Which end of the connection this is: the two number their streams apart. */
    public enum End {
        DIALED,
        ACCEPTED
    }

    /** Chunk bytes of one stream that may be under way. */
    private static final long WINDOW = 4 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Link.class);

    private static final SecureRandom KEYS = new SecureRandom();

    /** Opens a connection to the other end. */
    @FunctionalInterface
    public interface Dial {
        Connection dial() throws IOException;
    }

    private final String name;
    private final Service service;
    private final Outbox outbox = new Outbox();
    private final ProtocolVersion version;
    private final UUID key;
    private final Runnable lost;
    private final CountDownLatch end = new CountDownLatch(1);
    private final ReentrantLock receiving = new ReentrantLock();
    private volatile Optional<Connection> connection = Optional.empty();
    private final AtomicInteger breaks = new AtomicInteger();
    private boolean greeted;
    private boolean known;
    private long received;
    private Optional<Redial.Attempts> attempts = Optional.empty();
    private final Calls calls;
    private final Serving serving;
    private final AtomicBoolean open = new AtomicBoolean(true);

    /**
     * @param end which end this is
     * @param lost what is done when the connection breaks; empty to end with it
     */
    private Link(
            String name, End end, ProtocolVersion version, UUID key, Service service, Optional<Consumer<Link>> lost) {
        this.name = name;
        this.version = version;
        this.key = key;
        this.service = service;
        this.lost = () -> lost.ifPresentOrElse(
                what -> what.accept(this), () -> shut(new LinkClosed(name + ": the other end is gone")));
        this.calls = new Calls(end, outbox);
        this.serving = new Serving(name, end, outbox, service);
    }

    /**
     * Speaks over a connection from now on; the link ends with it.
     *
     * @param name for threads and messages, such as the other end's name
     */
    public static Link over(Connection connection, End end, String name, Service service) {
        return over(connection, end, name, service, ProtocolVersion.OWN);
    }

    static Link over(Connection connection, End end, String name, Service service, ProtocolVersion version) {
        Link link = new Link(name, end, version, newKey(), service, Optional.empty());
        if (end == End.DIALED) {
            link.greet(connection);
        } else {
            new Arrival(connection, name, version, opening -> Optional.of(link), () -> {}).await();
        }
        return link;
    }

    /**
     * Dials, and dials again when the connection breaks; the link ends when that is in vain for a minute, or when the other end does not
     * know it any more.
     *
     * @throws IOException when nobody answers the first time
     */
    public static Link dialing(Dial dial, Redial redial, String name, Service service) throws IOException {
        Link link = new Link(name, End.DIALED, ProtocolVersion.OWN, newKey(), service, Optional.of(broken -> {
            Thread thread = new Thread(() -> broken.redial(dial, redial), name + "-redial");
            thread.setDaemon(true);
            thread.start();
        }));
        link.greet(dial.dial());
        return link;
    }

    /** The accepting end of a link that {@link Links} keeps. */
    static Link accepted(String name, Service service, UUID key, Consumer<Link> lost) {
        return new Link(name, End.ACCEPTED, ProtocolVersion.OWN, key, service, Optional.of(lost));
    }

    private static UUID newKey() {
        return new UUID(KEYS.nextLong(), KEYS.nextLong());
    }

    /** Begins to speak over a connection that was dialed. */
    private void greet(Connection next) {
        receiving.lock();
        try {
            connection = Optional.of(next);
            next.offer(service::open);
            greeted = false;
            next.onClosed(() -> lost(next));
            // The first frame fits: a frame always fits an empty queue.
            next.send(new Opening(version, key, received, known).frame());
        } finally {
            receiving.unlock();
        }
        next.onFrame(bytes -> received(next, bytes));
        if (!open.get()) {
            next.close();
        }
    }

    /** Goes on over a connection that was accepted. */
    void adopt(Connection next, Opening opening, ProtocolVersion spoken) throws ProtocolException {
        Optional<Connection> former;
        receiving.lock();
        try {
            former = connection;
            interrupt();
            connection = Optional.of(next);
            next.offer(service::open);
            greeted = true;
            next.send(Opening.answer(spoken, received));
            outbox.attach(next, opening.received());
        } finally {
            receiving.unlock();
        }
        former.ifPresent(Connection::close);
        if (!open.get()) {
            next.close();
        }
    }

    UUID key() {
        return key;
    }

    /** How many of its connections broke. */
    int breaks() {
        return breaks.get();
    }

    /** Whether it stands between two connections. */
    public boolean isAway() {
        return open.get() && connection.isEmpty();
    }

    void lost(Connection broken) {
        receiving.lock();
        try {
            if (!open.get() || connection.filter(current -> current == broken).isEmpty()) {
                return;
            }
            connection = Optional.empty();
            breaks.incrementAndGet();
            interrupt();
        } finally {
            receiving.unlock();
        }
        lost.run();
    }

    /** Nothing is under way any more on the connection there was: transfers ask for the rest anew. */
    private void interrupt() {
        outbox.detach();
        calls.interruptTransfers();
        serving.interruptTransfers();
    }

    private void redial(Dial dial, Redial redial) {
        Redial.Attempts left = attempts.orElseGet(redial::attempts);
        attempts = Optional.of(left);
        int failures = 0;
        try {
            while (left.next(end)) {
                try {
                    greet(dial.dial());
                    return;
                } catch (IOException e) {
                    failures++;
                    if (Integer.bitCount(failures) == 1) { // the 1st, 2nd, 4th, 8th …
                        LOG.info(
                                "{}: the connection broke, and dialing again failed ({}): {}",
                                name,
                                failures == 1 ? "once" : failures + " times",
                                e.getMessage());
                    }
                }
            }
            shut(new LinkClosed(name + ": the connection broke, and nobody answers any more"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
        int stream = calls.begin(streamed -> call, request);
        boolean answered = false;
        Cancellation.Registration withdrawn = Cancellation.NOTHING;
        try {
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
            calls.end(stream, answered);
        }
    }

    private void withdraw(int stream) {
        try {
            calls.withdraw(stream);
        } catch (ProtocolException e) {
            shut(e);
        }
    }

    /** Pulls what is left of a transfer and waits until it is whole. */
    public Message.Pulled pull(Transfer transfer, Cancellation cancellation) throws IOException, InterruptedException {
        cancellation.check();
        Optional<Connection.Offers> offered = isOpen() ? connection.flatMap(Connection::offered) : Optional.empty();
        if (offered.isPresent() && transfer.takeFrom(offered.get())) {
            return transfer.taken();
        }
        while (true) {
            try {
                return pullOnce(transfer, cancellation);
            } catch (LinkInterrupted e) {
                LOG.info(
                        "{}: a transfer goes on after {} bytes",
                        name,
                        transfer.taken().logicalBytes());
            }
        }
    }

    private Message.Pulled pullOnce(Transfer transfer, Cancellation cancellation)
            throws IOException, InterruptedException {
        AtomicReference<Call.ForTensors> registered = new AtomicReference<>();
        int stream = calls.begin(
                streamed -> {
                    registered.set(new Call.ForTensors(transfer, streamed, WINDOW));
                    return registered.get();
                },
                transfer.request(WINDOW));
        Call.ForTensors call = registered.get();
        boolean whole = false;
        try {
            Message.Pulled taken = call.pending().await(cancellation);
            whole = true;
            return taken;
        } finally {
            calls.end(stream, whole);
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
        shut(new LinkClosed(name + ": the link was closed"));
    }

    /** Takes a frame, when it comes over the connection that there is now. */
    void received(Connection from, ByteBuffer bytes) {
        receiving.lock();
        try {
            if (!open.get() || connection.filter(current -> current == from).isEmpty()) {
                return;
            }
            if (greeted) {
                take(Frame.parse(bytes));
            } else {
                answeredGreeting(from, Frame.parse(bytes, Frame.MAX_GREETING));
            }
        } catch (IOException e) {
            LOG.warn("{}: {}", name, e.getMessage());
            shut(new LinkClosed(name + ": " + e.getMessage(), e));
        } catch (RuntimeException | Error e) {
            // An error, too: the other end would send the frame again over the next connection.
            LOG.error("{}: a frame could not be handled", name, e);
            shut(new LinkClosed(name + ": " + e, e));
        } finally {
            receiving.unlock();
        }
    }

    private void answeredGreeting(Connection from, Frame frame) throws IOException {
        if (frame.type() == Frame.Type.FAILURE) {
            Exception reason = Call.failure(whole(frame));
            shut(reason instanceof Refusal ? reason : new LinkClosed(name + ": " + reason.getMessage(), reason));
            return;
        }
        Opening.answered(frame);
        greeted = true;
        known = true;
        attempts = Optional.empty();
        outbox.attach(from, frame.offset());
    }

    private void take(Frame frame) throws IOException {
        if (frame.type().isCounted()) {
            received++;
            outbox.post(Frame.of(Frame.Type.RECEIVED, 0, received));
        }
        switch (frame.type()) {
            case REQUEST -> serving.request(frame);
            case ANSWER, FAILURE, TENSOR, CHUNK, DIGEST, END -> calls.accept(frame);
            case CANCEL -> serving.cancel(frame.stream());
            case CREDIT -> serving.credit(frame.stream(), frame.offset());
            case NOTICE -> noticed(whole(frame));
            case RECEIVED -> outbox.acknowledge(frame.offset());
            case GOODBYE -> shut(new LinkClosed(name + ": the other end has left"));
            case OPEN, OPENED -> throw new ProtocolException("a link is opened once on a connection");
        }
    }

    private void noticed(byte[] bytes) throws ProtocolException {
        try {
            service.notice(Messages.decode(bytes));
        } catch (UnknownMessage e) {
            LOG.debug("{}: {}", name, e.getMessage()); // of a later minor version
        }
    }

    private static byte[] whole(Frame frame) throws ProtocolException {
        return new Call.Parts()
                .add(frame)
                .orElseThrow(() -> new ProtocolException("a frame " + frame.type() + " is not whole"));
    }

    void shut(Exception reason) {
        if (!open.compareAndSet(true, false)) {
            return;
        }
        end.countDown();
        connection.ifPresent(current -> {
            current.send(Frame.of(Frame.Type.GOODBYE, 0, 0));
            current.close();
        });
        outbox.close(reason);
        calls.close(reason);
        serving.close();
        service.closed();
    }
}
