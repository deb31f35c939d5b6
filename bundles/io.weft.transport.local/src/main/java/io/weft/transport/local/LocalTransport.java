package io.weft.transport.local;

import io.weft.api.plugin.Plugin;
import io.weft.api.transport.Connection;
import io.weft.api.transport.Transport;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.osgi.service.component.annotations.Component;

/**
 * Carries frames between two ends in one JVM, through bounded queues, and lets each take the other's files as they are. An address is
 * {@code local:} and any name.
 */
@Component(property = Plugin.NAME + "=local")
public final class LocalTransport implements Transport {

    private final Map<URI, Consumer<Connection>> listeners = new ConcurrentHashMap<>();

    @Override
    public AutoCloseable listen(URI at, Optional<SSLContext> tls, Consumer<Connection> accepted) throws IOException {
        if (listeners.putIfAbsent(at, accepted) != null) {
            throw new IOException("somebody listens at " + at + " already");
        }
        return () -> listeners.remove(at, accepted);
    }

    @Override
    public Connection dial(URI to, Optional<SSLContext> tls) throws IOException {
        Consumer<Connection> listener = listeners.get(to);
        if (listener == null) {
            throw new ConnectException("nobody listens at " + to);
        }
        FrameQueue there = new FrameQueue();
        FrameQueue back = new FrameQueue();
        AtomicReference<Connection.Offers> dialedOffers = new AtomicReference<>();
        AtomicReference<Connection.Offers> acceptedOffers = new AtomicReference<>();
        LocalConnection dialed = new LocalConnection(to + "-dialed", there, back, dialedOffers, acceptedOffers);
        listener.accept(new LocalConnection(to + "-accepted", back, there, acceptedOffers, dialedOffers));
        return dialed;
    }
}
