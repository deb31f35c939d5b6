package io.weft.transport.local;

import io.weft.api.transport.Transport;
import java.net.URI;

class LocalTransportTest extends TransportContract {

    private final LocalTransport transport = new LocalTransport();

    @Override
    Transport transport() {
        return transport;
    }

    @Override
    URI address() {
        return URI.create("local:test");
    }
}
