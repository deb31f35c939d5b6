package io.weft.client.internal.session;

import java.util.Map;
import java.util.Optional;

/** A program's end of the conversation with its site (docs/client-protocol.md). */
public interface Channel extends AutoCloseable {

    /** What the site said when this program joined. */
    Map<String, Object> welcome();

    /** Waits for the site's next message; empty when it has no more to say. */
    Optional<Map<String, Object>> next();

    /**
     * Says something; safe for use by several threads.
     *
     * @throws io.weft.client.NotConnected when the site is gone
     */
    void tell(Map<String, Object> message);

    @Override
    void close();
}
