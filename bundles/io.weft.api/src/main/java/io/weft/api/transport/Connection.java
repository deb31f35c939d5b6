package io.weft.api.transport;

import io.weft.api.tensor.TensorReader;
import java.io.IOException;
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

    /** Opens what one end has, by the name under which the other end may pull it. */
    @FunctionalInterface
    interface Offers {
        TensorReader open(String resource) throws IOException;
    }

    /** Takes what this end has to offer; where both ends are one process, the other one may take files of it without a copy. */
    default void offer(Offers offers) {}

    /** What the other end has to offer; empty where it is another process. */
    default Optional<Offers> offered() {
        return Optional.empty();
    }

    @Override
    void close();
}
