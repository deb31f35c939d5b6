package io.weft.transport.mina;

import io.weft.api.testing.TestAuthority;
import io.weft.api.testing.TransportContract;
import io.weft.api.transport.Transport;
import java.net.URI;
import java.util.Optional;
import javax.net.ssl.SSLContext;

class MinaTransportTest implements TransportContract {

    private final TestAuthority authority = new TestAuthority("project");

    @Override
    public Transport transport() {
        return new MinaTransport();
    }

    @Override
    public URI address() {
        return URI.create("weft://localhost:0");
    }

    @Override
    public Optional<SSLContext> tls(String name) {
        return Optional.of(authority.context(name));
    }
}
