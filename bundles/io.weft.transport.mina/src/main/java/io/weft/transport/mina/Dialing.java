package io.weft.transport.mina;

import io.weft.api.transport.Connection;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLContext;
import org.apache.mina.core.future.ConnectFuture;
import org.apache.mina.core.future.IoFuture;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.transport.socket.nio.NioSocketConnector;

/** Opens one connection; its threads end with it. */
final class Dialing implements Sessions.Owner {

    private final Address to;
    private final Reactor reactor;
    private final NioSocketConnector connector;
    private final CompletableFuture<Connection> greeted = new CompletableFuture<>();

    Dialing(Address to, SSLContext context, Limits limits) throws IOException {
        InetSocketAddress socket = to.resolved();
        this.to = to;
        this.reactor = new Reactor("weft-to-" + to, 1);
        this.connector = new NioSocketConnector(reactor.threads(), reactor.processors());
        connector.setConnectTimeoutMillis(limits.greeting().toMillis());
        Reactor.configure(connector.getSessionConfig(), limits);
        connector.getFilterChain().addLast("tls", new TlsFilter(Tls.dialing(context, to), new BufferPool()));
        connector.setHandler(new Sessions(limits, reactor.clock(), this));
        connector.connect(socket).addListener(this::connected);
    }

    private void connected(IoFuture future) {
        ConnectFuture connect = (ConnectFuture) future;
        if (!connect.isConnected()) {
            greeted.completeExceptionally(connect.getException());
            reactor.end(connector);
        }
    }

    /** Waits until both ends have proved who they are; TCP and TLS have deadlines of their own. */
    Connection connection() throws IOException {
        try {
            return greeted.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            greeted.cancel(false);
            connector.getManagedSessions().values().forEach(IoSession::closeNow);
            reactor.end(connector);
            throw new InterruptedIOException("interrupted while dialing " + to);
        } catch (ExecutionException e) {
            Throwable reason = e.getCause();
            if (reason instanceof ConnectException) {
                throw new IOException("nobody answers at " + to + ": " + Reason.of(reason), reason);
            }
            throw new IOException("no connection with " + to + ": " + Reason.of(reason), reason);
        }
    }

    @Override
    public void opened(IoSession session) {}

    @Override
    public void greeted(MinaConnection connection) {
        if (!greeted.complete(connection)) {
            connection.close();
        }
    }

    @Override
    public void refused(IoSession session, Throwable reason) {
        greeted.completeExceptionally(reason);
    }

    @Override
    public void closed(IoSession session) {
        reactor.end(connector);
    }
}
