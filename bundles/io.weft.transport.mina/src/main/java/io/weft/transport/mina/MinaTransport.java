package io.weft.transport.mina;

import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.transport.Connection;
import io.weft.api.transport.Listening;
import io.weft.api.transport.Transport;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Carries frames over TCP and TLS 1.3, with Apache MINA; both ends prove who they are, and who dials checks that the certificate is
 * for the host it dialed. An address is {@code weft://host:port}; port 0 takes a free one.
 */
@Component(property = Plugin.NAME + "=mina")
public final class MinaTransport implements Transport {

    private final Limits limits;

    @Activate
    public MinaTransport() {
        this(Limits.STANDARD);
    }

    MinaTransport(Limits limits) {
        this.limits = limits;
    }

    @Override
    public Listening listen(URI at, Optional<SSLContext> tls, Consumer<Connection> accepted) throws IOException {
        return Listener.open(Address.of(at), context(tls), limits, accepted);
    }

    @Override
    public Connection dial(URI to, Optional<SSLContext> tls) throws IOException {
        return new Dialing(Address.of(to), context(tls), limits).connection();
    }

    private static SSLContext context(Optional<SSLContext> tls) {
        return tls.orElseThrow(
                () -> new Refusal("transport 'mina' needs keys and certificates; give it those of a startup kit"));
    }
}
