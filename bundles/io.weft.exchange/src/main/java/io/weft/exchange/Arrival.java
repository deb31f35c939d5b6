package io.weft.exchange;

import io.weft.api.plugin.Refusal;
import io.weft.api.transport.Connection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection that was accepted, until its first frame says which link it is for. */
final class Arrival {

    private static final Logger LOG = LoggerFactory.getLogger(Arrival.class);

    private final Connection connection;
    private final String name;
    private final ProtocolVersion version;
    private final Function<Opening, Optional<Link>> links;
    private final Runnable adopted;
    private volatile Optional<Link> link = Optional.empty();

    /**
     * @param links finds the link, or makes it; empty when it is not known any more
     * @param adopted is run when the link goes on over the connection
     */
    Arrival(
            Connection connection,
            String name,
            ProtocolVersion version,
            Function<Opening, Optional<Link>> links,
            Runnable adopted) {
        this.connection = connection;
        this.name = name;
        this.version = version;
        this.links = links;
        this.adopted = adopted;
    }

    void await() {
        connection.onClosed(() -> link.ifPresent(open -> open.lost(connection)));
        connection.onFrame(this::received);
    }

    private void received(ByteBuffer bytes) {
        if (link.isPresent()) {
            link.get().received(connection, bytes);
            return;
        }
        try {
            Opening opening = Opening.parse(Frame.parse(bytes, Frame.MAX_GREETING));
            ProtocolVersion spoken = version.with(name, opening.version(), other());
            link = links.apply(opening);
            if (link.isEmpty()) {
                refuse(Message.Failure.Kind.FAILED, "this link is not known here any more");
            } else {
                link.get().adopt(connection, opening, spoken);
                adopted.run();
            }
        } catch (Refusal e) {
            LOG.warn("{}", e.getMessage());
            refuse(Message.Failure.Kind.REFUSED, e.getMessage());
        } catch (IOException e) {
            LOG.warn("{}: {} does not open a link: {}", name, other(), e.getMessage());
            connection.close();
        }
    }

    private String other() {
        return connection
                .peer()
                .map(certificate -> certificate.getSubjectX500Principal().getName())
                .orElse("the other end");
    }

    private void refuse(Message.Failure.Kind kind, String reason) {
        byte[] failure = Messages.encode(new Message.Failure(kind, reason));
        connection.send(Frame.of(Frame.Type.FAILURE, 0, 0, 0, ByteBuffer.wrap(failure)));
        connection.close();
    }
}
