package io.weft.exchange;

import io.weft.api.tensor.TensorReader;
import io.weft.api.transport.Connection;
import io.weft.transport.local.LocalTransport;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicReference;

/** Two linked ends in one process. */
final class Pair implements AutoCloseable {

    private static final URI ADDRESS = URI.create("local:pair");

    private final Link asking;
    private final Link serving;

    private Pair(Link asking, Link serving) {
        this.asking = asking;
        this.serving = serving;
    }

    static Pair serving(Service service) throws Exception {
        LocalTransport transport = new LocalTransport();
        AtomicReference<Connection> accepted = new AtomicReference<>();
        AutoCloseable listening = transport.listen(ADDRESS, Optional.empty(), accepted::set);
        Connection dialed = transport.dial(ADDRESS, Optional.empty());
        listening.close();
        Link serving = Link.over(accepted.get(), Link.End.ACCEPTED, "serving", service);
        return new Pair(Link.over(dialed, Link.End.DIALED, "asking", new Silent()), serving);
    }

    Link asking() {
        return asking;
    }

    @Override
    public void close() {
        asking.close();
        serving.close();
    }

    /** Answers nothing. */
    static class Silent implements Service {

        @Override
        public Message answer(Message request, Cancellation cancellation) throws IOException, InterruptedException {
            new SynchronousQueue<Message>().take();
            throw new IllegalStateException();
        }

        @Override
        public TensorReader open(String resource) throws IOException {
            throw new IOException("nothing is offered");
        }

        @Override
        public void notice(Message notice) {}

        @Override
        public void closed() {}
    }
}
