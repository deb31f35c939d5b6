package io.weft.exchange;

import io.weft.api.transport.Connection;
import io.weft.transport.local.LocalTransport;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** A line between a site and a server that can be cut: what is under way then is lost, and both ends see only that it is closed. */
final class Cuts {

    private static final URI ADDRESS = URI.create("local:cuts");

    private final LocalTransport transport = new LocalTransport();
    private final AtomicReference<Runnable> current = new AtomicReference<>(() -> {});
    private final AtomicInteger dialed = new AtomicInteger();
    private volatile boolean dead;

    /** Accepts what is dialed here. */
    void listen(Consumer<Connection> accepted) throws IOException {
        transport.listen(ADDRESS, Optional.empty(), connection -> {
            AtomicBoolean cut = new AtomicBoolean();
            current.set(() -> {
                cut.set(true);
                connection.close();
            });
            accepted.accept(new Cuttable(connection, cut));
        });
    }

    Connection dial() throws IOException {
        if (dead) {
            throw new ConnectException("nobody listens any more");
        }
        dialed.incrementAndGet();
        return transport.dial(ADDRESS, Optional.empty());
    }

    /** Cuts the connection that there is. */
    void cut() {
        current.get().run();
    }

    /** Cuts it for good. */
    void kill() {
        dead = true;
        cut();
    }

    int dialed() {
        return dialed.get();
    }

    /** Once it is cut, nothing comes and nothing goes. */
    private record Cuttable(Connection line, AtomicBoolean cut) implements Connection {

        @Override
        public Optional<X509Certificate> peer() {
            return line.peer();
        }

        @Override
        public void onFrame(Consumer<ByteBuffer> frame) {
            line.onFrame(bytes -> {
                if (!cut.get()) {
                    frame.accept(bytes);
                }
            });
        }

        @Override
        public void onClosed(Runnable closed) {
            line.onClosed(closed);
        }

        @Override
        public boolean send(ByteBuffer frame) {
            return cut.get() || line.send(frame);
        }

        @Override
        public void onWritable(Runnable resume) {
            line.onWritable(resume);
        }

        @Override
        public void close() {
            line.close();
        }
    }
}
