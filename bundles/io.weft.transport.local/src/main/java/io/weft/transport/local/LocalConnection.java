package io.weft.transport.local;

import io.weft.api.transport.Connection;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** One end. Frames are handed over by a thread of this end, which starts when somebody wants them and ends with the connection. */
final class LocalConnection implements Connection {

    private final FrameQueue out;
    private final FrameQueue in;
    private final AtomicReference<Offers> own;
    private final AtomicReference<Offers> others;
    private final Thread receiver;
    private final AtomicBoolean told = new AtomicBoolean();
    private volatile Consumer<ByteBuffer> frames = frame -> {};
    private volatile Runnable closed = () -> {};

    /**
     * Makes one end.
     *
     * @param own where this end puts what it offers
     * @param others where the other end does
     */
    LocalConnection(
            String name, FrameQueue out, FrameQueue in, AtomicReference<Offers> own, AtomicReference<Offers> others) {
        this.out = out;
        this.in = in;
        this.own = own;
        this.others = others;
        this.receiver = new Thread(this::receive, name);
        receiver.setDaemon(true);
    }

    @Override
    public Optional<X509Certificate> peer() {
        return Optional.empty();
    }

    @Override
    public void onFrame(Consumer<ByteBuffer> frame) {
        frames = frame;
        receiver.start();
    }

    @Override
    public void onClosed(Runnable closed) {
        this.closed = closed;
    }

    @Override
    public boolean send(ByteBuffer frame) {
        return out.offer(frame);
    }

    @Override
    public void onWritable(Runnable resume) {
        out.onWritable(resume);
    }

    @Override
    public void offer(Offers offers) {
        own.set(offers);
    }

    @Override
    public Optional<Offers> offered() {
        return Optional.ofNullable(others.get());
    }

    /** Frames that were sent before are still handed over, at both ends. */
    @Override
    public void close() {
        out.close();
        in.close();
    }

    private void receive() {
        try {
            while (true) {
                Optional<ByteBuffer> frame = in.take();
                if (frame.isEmpty()) {
                    return;
                }
                frames.accept(frame.get().duplicate());
                in.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close();
            if (told.compareAndSet(false, true)) {
                closed.run();
            }
        }
    }
}
