package io.weft.server.status.internal;

import java.util.Map;

/**
 * What the Java platform's HTTP server takes of one client, and how long it waits for one. It has no other place for these than system
 * properties, which it reads once in a process; what an operator set is left.
 */
final class HttpLimits {

    /** An event stream ends before this, so that it is only met by a client that does not read. */
    static final int RESPONSE_SECONDS = 120;

    private static final Map<String, String> PROPERTIES = Map.of(
            "jdk.httpserver.maxConnections", "64",
            "sun.net.httpserver.maxReqHeaders", "64",
            "sun.net.httpserver.maxReqHeaderSize", "16384",
            "sun.net.httpserver.maxReqTime", "10",
            "sun.net.httpserver.maxRspTime", Integer.toString(RESPONSE_SECONDS),
            "sun.net.httpserver.nodelay", "true");

    private HttpLimits() {}

    /** Sets them, before the first server is made. */
    static void set() {
        PROPERTIES.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
    }
}
