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
     * Accepts connections until the returned handle is closed.
     *
     * @param accepted is told each connection before any of its frames arrives
     */
    AutoCloseable listen(URI at, Optional<SSLContext> tls, Consumer<Connection> accepted) throws IOException;

    /** Opens a connection. */
    Connection dial(URI to, Optional<SSLContext> tls) throws IOException;
}
