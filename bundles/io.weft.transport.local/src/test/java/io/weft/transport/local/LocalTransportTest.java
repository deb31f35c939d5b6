package io.weft.transport.local;

import io.weft.api.testing.TransportContract;
import io.weft.api.transport.Transport;
import java.net.URI;

class LocalTransportTest implements TransportContract {

    private final LocalTransport transport = new LocalTransport();

    @Override
    public Transport transport() {
        return transport;
    }

    @Override
    public URI address() {
        return URI.create("local:test");
    }
}
