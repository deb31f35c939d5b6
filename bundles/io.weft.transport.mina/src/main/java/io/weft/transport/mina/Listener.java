package io.weft.transport.mina;

import io.weft.api.transport.Connection;
import io.weft.api.transport.Listening;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.transport.socket.nio.NioSocketAcceptor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Accepts connections until it is closed; those that it has accepted stay. */
final class Listener implements Listening {

    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

    private static final int BACKLOG = 256;

    private final Reactor reactor;
    private final NioSocketAcceptor acceptor;
    private final URI at;
    private final Set<IoSession> sessions = new HashSet<>();
    private boolean closed;

    private Listener(Address address, SSLContext context, Limits limits, Consumer<Connection> accepted)
            throws IOException {
        this.reactor =
                new Reactor("weft-" + address.port(), Runtime.getRuntime().availableProcessors());
        this.acceptor = new NioSocketAcceptor(reactor.threads(), reactor.processors());
        acceptor.setReuseAddress(true);
        acceptor.setBacklog(BACKLOG);
        acceptor.setCloseOnDeactivation(false);
        Reactor.configure(acceptor.getSessionConfig(), limits);
        acceptor.getFilterChain().addLast("tls", new TlsFilter(Tls.accepting(context), new BufferPool()));
        acceptor.setHandler(new Sessions(limits, reactor.clock(), new Door(accepted)));
        try {
            InetSocketAddress socket = address.resolved();
            acceptor.bind(socket);
        } catch (BindException e) {
            reactor.end(acceptor);
            BindException taken = new BindException("nobody can listen at " + address + ": " + e.getMessage());
            taken.initCause(e);
            throw taken;
        } catch (IOException | RuntimeException e) {
            reactor.end(acceptor);
            throw e;
        }
        this.at = new Address(address.host(), acceptor.getLocalAddress().getPort()).uri();
    }

    static Listener open(Address address, SSLContext context, Limits limits, Consumer<Connection> accepted)
            throws IOException {
        return new Listener(address, context, limits, accepted);
    }

    @Override
    public URI at() {
        return at;
    }

    @Override
    public void close() {
        acceptor.unbind();
        synchronized (this) {
            closed = true;
        }
        endIfIdle();
    }

    private void endIfIdle() {
        synchronized (this) {
            if (!closed || !sessions.isEmpty()) {
                return;
            }
        }
        reactor.end(acceptor);
    }

    /** Lets in who has proved who it is. */
    private final class Door implements Sessions.Owner {

        private final Consumer<Connection> accepted;
        private final RefusalLog refusals = new RefusalLog(LOG, System::nanoTime);

        Door(Consumer<Connection> accepted) {
            this.accepted = accepted;
        }

        @Override
        public void opened(IoSession session) {
            synchronized (Listener.this) {
                sessions.add(session);
            }
        }

        @Override
        public void greeted(MinaConnection connection) {
            accepted.accept(connection);
        }

        @Override
        public void refused(IoSession session, Throwable reason) {
            refusals.refused(session.getRemoteAddress(), Reason.of(reason));
        }

        @Override
        public void closed(IoSession session) {
            synchronized (Listener.this) {
                sessions.remove(session);
            }
            endIfIdle();
        }
    }
}
