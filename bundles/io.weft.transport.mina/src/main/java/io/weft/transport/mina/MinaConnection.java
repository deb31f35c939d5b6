package io.weft.transport.mina;

import io.weft.api.transport.Connection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.apache.mina.core.session.IoSession;

/** One end of a connection whose ends have proved who they are. Frames are handed over by the session's own thread. */
final class MinaConnection implements Connection {

    private final IoSession session;
    private final TlsSession tls;
    private final X509Certificate peer;
    private final Limits limits;
    private final SendQueue queue;
    private final FrameReader reader;
    private final Greeting greeting = new Greeting();
    private final ReentrantLock receiving = new ReentrantLock();
    private final ByteArrayOutputStream early = new ByteArrayOutputStream();
    private Optional<Consumer<ByteBuffer>> frames = Optional.empty();
    private Runnable onClosed = () -> {};
    private boolean gone;
    private boolean told;
    private volatile boolean closing;

    MinaConnection(IoSession session, TlsSession tls, X509Certificate peer, Limits limits) {
        this.session = session;
        this.tls = tls;
        this.peer = peer;
        this.limits = limits;
        this.queue = new SendQueue(limits);
        this.reader = new FrameReader(limits.frame());
    }

    @Override
    public Optional<X509Certificate> peer() {
        return Optional.of(peer);
    }

    @Override
    public void onFrame(Consumer<ByteBuffer> frame) {
        receiving.lock();
        try {
            frames = Optional.of(frame);
            reader.accept(ByteBuffer.wrap(early.toByteArray()), frame);
            early.reset();
        } catch (IOException e) {
            session.getFilterChain().fireExceptionCaught(e);
        } finally {
            receiving.unlock();
        }
        session.resumeRead();
        tellIfGone();
    }

    @Override
    public void onClosed(Runnable closed) {
        receiving.lock();
        try {
            onClosed = closed;
        } finally {
            receiving.unlock();
        }
    }

    @Override
    public boolean send(ByteBuffer frame) {
        if (frame.remaining() > limits.frame()) {
            throw new IllegalArgumentException(
                    "a frame of " + frame.remaining() + " bytes is sent; at most " + limits.frame() + " are allowed");
        }
        Outgoing outgoing = Outgoing.frame(frame);
        if (closing) {
            return true; // nobody will read it; both ends are told by onClosed
        }
        if (!queue.admit(outgoing.size())) {
            return false;
        }
        session.write(outgoing);
        return true;
    }

    @Override
    public void onWritable(Runnable resume) {
        queue.onWritable(resume);
    }

    /** Frames that were sent before still go out, as long as the other end takes them. */
    @Override
    public void close() {
        closing = true;
        tls.close();
        session.resumeRead(); // else nobody would see the other end go
    }

    /** Takes decrypted bytes. What comes before somebody wants frames is kept, and no more is read. */
    void received(ByteBuffer plain) throws IOException {
        receiving.lock();
        try {
            if (frames.isPresent()) {
                reader.accept(plain, frames.get());
                return;
            }
            byte[] kept = new byte[plain.remaining()];
            plain.get(kept);
            early.writeBytes(kept);
            if (!closing) {
                session.suspendRead();
            }
        } finally {
            receiving.unlock();
        }
    }

    /** Takes what belongs to the greeting of the other end; true when that is over. */
    boolean greeted(ByteBuffer plain) throws IOException {
        greeting.accept(plain);
        return greeting.isOver();
    }

    boolean isGreeted() {
        return greeting.isOver();
    }

    /** Whether what comes is read: until somebody wants frames, silence means nothing. */
    boolean isReading() {
        receiving.lock();
        try {
            return frames.isPresent();
        } finally {
            receiving.unlock();
        }
    }

    void sent(int size) {
        queue.sent(size);
    }

    void gone() {
        receiving.lock();
        try {
            closing = true;
            gone = true;
        } finally {
            receiving.unlock();
        }
        tellIfGone();
    }

    /** Once, and not before somebody has had the frames that came. */
    private void tellIfGone() {
        Runnable listener;
        receiving.lock();
        try {
            if (!gone || told || frames.isEmpty()) {
                return;
            }
            told = true;
            listener = onClosed;
        } finally {
            receiving.unlock();
        }
        listener.run();
    }
}
