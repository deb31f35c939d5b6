package io.weft.api.transport;

import io.weft.api.plugin.Plugin;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.osgi.annotation.versioning.ConsumerType;

/** Moves frames between two ends. Multiplexing, credit, resume and digests live above it. */
@ConsumerType
public interface Transport extends Plugin {

    /**
     * Accepts connections until the returned handle is closed; those that were accepted stay. A transport whose addresses may leave
     * something open, such as a port, returns a {@link Listening}.
     *
     * @param tls the own keys and whom to trust; a transport over a network refuses to do without, and refuses whoever shows no
     *     certificate
     * @param accepted is told each connection before any of its frames arrives
     */
    AutoCloseable listen(URI at, Optional<SSLContext> tls, Consumer<Connection> accepted) throws IOException;

    /**
     * Opens a connection, and returns when both ends have proved who they are.
     *
     * @param tls the own keys and whom to trust; over a network the other end's certificate must be for the host that is dialed
     * @throws IOException when nobody answers, or one end does not trust the other; its message says which
     */
    Connection dial(URI to, Optional<SSLContext> tls) throws IOException;
}
