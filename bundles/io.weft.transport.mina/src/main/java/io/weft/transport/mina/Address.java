package io.weft.transport.mina;

import io.weft.api.plugin.Refusal;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;

/** A host and a port. */
record Address(String host, int port) {

    static Address of(URI uri) {
        if (uri.getHost() == null || uri.getPort() < 0) {
            throw new Refusal("'" + uri + "' is no address for transport 'mina'; write weft://host:port");
        }
        // An IPv6 address stands in brackets in a URI, and without them everywhere else.
        return new Address(uri.getHost().replaceAll("[\\[\\]]", ""), uri.getPort());
    }

    InetSocketAddress resolved() throws UnknownHostException {
        InetSocketAddress socket = new InetSocketAddress(host, port);
        if (socket.isUnresolved()) {
            throw new UnknownHostException("the name '" + host + "' is not known here; check it and the name service");
        }
        return socket;
    }

    URI uri() {
        return URI.create("weft://" + this);
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
