package io.weft.identity;

import java.net.URI;

/**
 * Where a project's server is reached.
 *
 * @param host a name or an address; an IPv6 address stands without brackets
 * @param port 1 to 65535
 */
public record ServerAddress(String host, int port) {

    /** As a transport dials it: {@code weft://host:port}. */
    public URI uri() {
        return URI.create("weft://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port);
    }

    @Override
    public String toString() {
        return uri().getAuthority();
    }
}
