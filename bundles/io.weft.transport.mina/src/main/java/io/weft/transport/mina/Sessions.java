package io.weft.transport.mina;

import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.core.service.IoHandlerAdapter;
import org.apache.mina.core.session.AttributeKey;
import org.apache.mina.core.session.IdleStatus;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.core.write.WriteToClosedSessionException;
import org.apache.mina.filter.FilterEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What happens on the sessions of one listener, or on the one that was dialed: greeting first, then frames. */
final class Sessions extends IoHandlerAdapter {

    /** Who owns the sessions. */
    interface Owner {

        void opened(IoSession session);

        /** The other end has proved who it is, and greeted. */
        void greeted(MinaConnection connection);

        /** There will be no connection. */
        void refused(IoSession session, Throwable reason);

        void closed(IoSession session);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

    private static final AttributeKey CONNECTION = new AttributeKey(Sessions.class, "connection");

    private static final AttributeKey REFUSED = new AttributeKey(Sessions.class, "refused");

    private final Limits limits;
    private final Owner owner;
    private final Strangers strangers;

    Sessions(Limits limits, ScheduledExecutorService clock, Owner owner) {
        this.limits = limits;
        this.owner = owner;
        this.strangers = new Strangers(limits, clock, (session, reason) -> {
            refuse(session, new IOException(reason));
            session.closeNow();
        });
    }

    @Override
    public void sessionOpened(IoSession session) {
        owner.opened(session);
        strangers.add(session);
    }

    @Override
    public void event(IoSession session, FilterEvent event) throws Exception {
        if (event == TlsSession.SECURED) {
            TlsSession tls = TlsFilter.of(session);
            // A resumed TLS session proves an old certificate once more, also one that has expired since.
            X509Certificate peer = tls.peer();
            peer.checkValidity();
            session.setAttribute(CONNECTION, new MinaConnection(session, tls, peer, limits));
            session.write(Outgoing.greeting());
        }
    }

    @Override
    public void messageReceived(IoSession session, Object message) throws IOException {
        MinaConnection connection = connection(session);
        IoBuffer plain = (IoBuffer) message;
        if (!connection.isGreeted()) {
            if (!connection.greeted(plain.buf())) {
                return;
            }
            strangers.remove(session);
            owner.greeted(connection);
        }
        connection.received(plain.buf());
    }

    @Override
    public void messageSent(IoSession session, Object message) {
        if (message instanceof Outgoing outgoing
                && outgoing.isQueued()
                && session.getAttribute(CONNECTION) instanceof MinaConnection open) {
            open.sent(outgoing.size());
        }
    }

    /** Whoever has nothing to say shows that it is there; of whom nothing at all was heard for long is gone. */
    @Override
    public void sessionIdle(IoSession session, IdleStatus status) {
        if (!(session.getAttribute(CONNECTION) instanceof MinaConnection open) || !open.isGreeted()) {
            return;
        }
        if (status == IdleStatus.WRITER_IDLE) {
            session.write(Outgoing.signOfLife());
        } else if (status == IdleStatus.READER_IDLE && open.isReading()) {
            LOG.info(
                    "the connection with {} is closed: nothing was heard for {} s",
                    session.getRemoteAddress(),
                    limits.stalled().toSeconds());
            session.closeNow();
        }
    }

    @Override
    public void sessionClosed(IoSession session) {
        strangers.remove(session);
        if (session.getAttribute(CONNECTION) instanceof MinaConnection open && open.isGreeted()) {
            open.gone();
        } else {
            refuse(session, new IOException("the other end closed the connection before both had shown a certificate"));
        }
        owner.closed(session);
    }

    @Override
    public void exceptionCaught(IoSession session, Throwable cause) {
        if (cause instanceof WriteToClosedSessionException) {
            return; // both ends are told by sessionClosed
        }
        boolean greeted = session.getAttribute(CONNECTION) instanceof MinaConnection open && open.isGreeted();
        if (!greeted) {
            refuse(session, cause);
        } else if (cause instanceof IOException) {
            LOG.info("the connection with {} is broken: {}", session.getRemoteAddress(), cause.getMessage());
        } else {
            LOG.error("the connection with {} is closed", session.getRemoteAddress(), cause);
        }
        if (cause instanceof IOException || cause instanceof CertificateException) {
            TlsFilter.of(session).close(); // with TLS's word for it
        } else {
            session.closeNow();
        }
    }

    private void refuse(IoSession session, Throwable reason) {
        if (session.setAttributeIfAbsent(REFUSED, true) == null) {
            owner.refused(session, reason);
        }
    }

    private static MinaConnection connection(IoSession session) {
        return (MinaConnection) session.getAttribute(CONNECTION);
    }
}
