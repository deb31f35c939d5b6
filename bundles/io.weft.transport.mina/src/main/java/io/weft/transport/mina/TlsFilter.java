package io.weft.transport.mina;

import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.core.filterchain.IoFilterAdapter;
import org.apache.mina.core.session.AttributeKey;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.core.write.WriteRequest;

/**
 * TLS between MINA's sessions and what is above. MINA's own filter takes a fresh buffer and a system call a record, and dies at the first key
 * update of TLS 1.3 (docs/decisions/0002-own-tls-filter.md).
 */
final class TlsFilter extends IoFilterAdapter {

    private static final AttributeKey TLS = new AttributeKey(TlsFilter.class, "tls");

    private final Supplier<SSLEngine> engines;
    private final BufferPool pool;

    TlsFilter(Supplier<SSLEngine> engines, BufferPool pool) {
        this.engines = engines;
        this.pool = pool;
    }

    static TlsSession of(IoSession session) {
        return (TlsSession) session.getAttribute(TLS);
    }

    @Override
    public void sessionOpened(NextFilter next, IoSession session) throws SSLException {
        TlsSession tls = new TlsSession(engines.get(), next, session, pool);
        session.setAttribute(TLS, tls);
        next.sessionOpened(session);
        tls.begin();
    }

    @Override
    public void messageReceived(NextFilter next, IoSession session, Object message) throws SSLException {
        of(session).received(((IoBuffer) message).buf());
    }

    @Override
    public void filterWrite(NextFilter next, IoSession session, WriteRequest request) throws SSLException {
        of(session).send(request);
    }

    @Override
    public void messageSent(NextFilter next, IoSession session, WriteRequest request) throws Exception {
        if (request instanceof Encrypted encrypted) {
            of(session).sent(encrypted);
            if (encrypted.frame().isPresent()) {
                next.messageSent(session, encrypted.frame().get());
            }
        }
    }
}
