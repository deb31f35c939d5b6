package io.weft.api.transport;

import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ConsumerType;

/** One link between a site and the server, which carries whole frames in order. */
@ConsumerType
public interface Connection extends AutoCloseable {

    /** The certificate the other end proved; empty where the transport is within one process. */
    Optional<X509Certificate> peer();

    /** Who receives frames. A frame is lent for the call; one call at a time. */
    void onFrame(Consumer<ByteBuffer> frame);

    /** Who is told, once, that the link is closed by either end or broken. */
    void onClosed(Runnable closed);

    /**
     * Takes the remaining bytes of a frame, or returns false and takes nothing when the link is full: wait for {@link
     * #onWritable}.
     */
    boolean send(ByteBuffer frame);

    /** Who is told that {@link #send} takes frames again. */
    void onWritable(Runnable resume);

    @Override
    void close();
}
