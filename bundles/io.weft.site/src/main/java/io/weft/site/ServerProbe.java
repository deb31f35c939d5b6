package io.weft.site;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.transport.Transport;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.Message;
import io.weft.exchange.Service;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.Plugins;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** Asks a server how it would receive a site, without joining it. */
public final class ServerProbe {

    private ServerProbe() {}

    /**
     * What was seen.
     *
     * @param connected whether a site of that name is connected already
     * @param time at the server; empty when it is older, and does not say
     */
    public record Seen(boolean connected, Optional<Instant> time) {}

    /**
     * Asks a server how it would receive a site of that name.
     *
     * @param transport the transport plugin's name
     * @param tls the site's certificate and whose it trusts; empty where the transport is within one process
     * @param name of the site, as its certificate has it
     * @throws Refusal when there is no such transport, or the server would refuse the site
     * @throws IOException when the server is not reached, or one of the two does not trust the other
     */
    public static Seen look(Plugins plugins, String transport, URI server, Optional<SSLContext> tls, String name)
            throws IOException, InterruptedException {
        try (Lease<Transport> lease = plugins.lease(Transport.class, transport);
                Link link = Link.over(lease.plugin().dial(server, tls), Link.End.DIALED, "server", new Nothing())) {
            boolean connected = link.ask(new Message.Probe(name), Message.Probed.class, new Cancellation())
                    .connected();
            return new Seen(connected, time(link));
        } catch (MissingPlugin e) {
            throw e.refusal();
        }
    }

    private static Optional<Instant> time(Link link) throws IOException, InterruptedException {
        try {
            return Optional.of(
                    Instant.ofEpochMilli(link.ask(new Message.AskTime(), Message.Time.class, new Cancellation())
                            .milliseconds()));
        } catch (Refusal e) {
            return Optional.empty();
        }
    }

    /** A server has nothing to ask of who only asks. */
    private static final class Nothing implements Service {

        @Override
        public Message answer(Message request, Cancellation cancellation) {
            throw new Refusal(
                    "who only asks does not answer " + request.getClass().getSimpleName());
        }

        @Override
        public TensorReader open(String resource) {
            throw new Refusal("there is no '" + resource + "'");
        }

        @Override
        public void notice(Message notice) {}

        @Override
        public void closed() {}
    }
}
