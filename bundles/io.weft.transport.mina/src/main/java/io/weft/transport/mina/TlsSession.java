package io.weft.transport.mina;

import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.core.filterchain.IoFilter.NextFilter;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.core.write.WriteRequest;
import org.apache.mina.filter.FilterEvent;

/**
 * TLS of one connection. A frame is encrypted whole by the thread that sends it, into one pooled buffer; received bytes are decrypted by
 * the connection's own thread, record by record, and lent on.
 */
final class TlsSession {

    /** Both ends have proved who they are. */
    static final FilterEvent SECURED = new FilterEvent() {};

    private static final int HEADER = 5;

    private static final int LENGTH_AT = 3;

    /** More than a record has (RFC 8446, 5.2) and than the JDK asks for. */
    private static final int RECORD_BUFFER = 17_408;

    private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};

    private final SSLEngine engine;
    private final NextFilter next;
    private final IoSession session;
    private final BufferPool pool;
    private final ReentrantLock sending = new ReentrantLock();
    private final ByteBuffer cut = ByteBuffer.allocate(RECORD_BUFFER);
    private final ByteBuffer plain = ByteBuffer.allocate(RECORD_BUFFER);
    private boolean secured;

    TlsSession(SSLEngine engine, NextFilter next, IoSession session, BufferPool pool) {
        this.engine = engine;
        this.next = next;
        this.session = session;
        this.pool = pool;
    }

    void begin() throws SSLException {
        engine.beginHandshake();
        advance();
    }

    X509Certificate peer() throws SSLPeerUnverifiedException {
        return (X509Certificate) engine.getSession().getPeerCertificates()[0];
    }

    /** Decrypts what is whole, and keeps the record that is cut until its rest comes. */
    void received(ByteBuffer cipher) throws SSLException {
        while (cut.position() > 0 && cipher.hasRemaining()) {
            complete(cipher);
        }
        if (cipher.hasRemaining()) {
            decrypt(cipher);
        }
        if (engine.isInboundDone()) {
            return; // what comes after the end is nobody's
        }
        if (cipher.remaining() > cut.remaining()) {
            throw new SSLException("a TLS record is too long");
        }
        cut.put(cipher);
    }

    private void complete(ByteBuffer cipher) throws SSLException {
        int missing = whole() - cut.position();
        if (missing > cut.remaining()) {
            throw new SSLException("a TLS record is too long");
        }
        int length = Math.min(missing, cipher.remaining());
        cut.put(cipher.slice(cipher.position(), length));
        cipher.position(cipher.position() + length);
        if (cut.position() >= HEADER && cut.position() == whole()) {
            cut.flip();
            decrypt(cut);
            if (cut.hasRemaining() && !engine.isInboundDone()) {
                throw new SSLException("a TLS record was left");
            }
            cut.clear();
        }
    }

    /** The size of the record whose beginning was received, or of its header when that is not whole either. */
    private int whole() {
        return cut.position() < HEADER ? HEADER : HEADER + (cut.getShort(LENGTH_AT) & 0xffff);
    }

    private void decrypt(ByteBuffer cipher) throws SSLException {
        boolean moved = true;
        while (true) {
            plain.clear();
            SSLEngineResult result = engine.unwrap(cipher, plain);
            if (plain.position() > 0) {
                plain.flip();
                next.messageReceived(session, IoBuffer.wrap(plain));
            }
            if (result.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING || !secured) {
                advance();
            }
            if (result.getStatus() == Status.CLOSED) {
                close();
                return;
            }
            if (result.getStatus() == Status.BUFFER_UNDERFLOW || !cipher.hasRemaining()) {
                return;
            }
            boolean moves = result.bytesConsumed() > 0 || result.bytesProduced() > 0;
            if (!moves && !moved) {
                throw new SSLException("TLS does not go on: " + result.getStatus());
            }
            moved = moves;
        }
    }

    /** Does what the handshake, or a key update, wants from this end. */
    private void advance() throws SSLException {
        boolean done = false;
        sending.lock();
        try {
            runTasks();
            if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
                write(NOTHING, 0, Optional.empty());
            }
            if (!secured && engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING) {
                secured = true;
                done = true;
            }
        } finally {
            sending.unlock();
        }
        if (done) {
            next.event(session, SECURED);
        }
    }

    private void runTasks() {
        Runnable task;
        while ((task = engine.getDelegatedTask()) != null) {
            task.run();
        }
    }

    void send(WriteRequest request) throws SSLException {
        Outgoing frame = (Outgoing) request.getMessage();
        sending.lock();
        try {
            write(frame.parts(), frame.size(), Optional.of(request));
        } finally {
            sending.unlock();
        }
    }

    /** Under the lock: records reach the network in the order in which they were encrypted. */
    private void write(ByteBuffer[] parts, int size, Optional<WriteRequest> request) throws SSLException {
        ByteBuffer records = pool.take(size);
        while (true) {
            SSLEngineResult result = engine.wrap(parts, records);
            runTasks();
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
                ByteBuffer larger = ByteBuffer.allocate(2 * records.capacity()).put(records.flip());
                pool.give(records);
                records = larger;
                continue;
            }
            if (result.getStatus() == Status.CLOSED) {
                break;
            }
            // A key update in between: it is written, and the frame goes on.
            if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
                continue;
            }
            if (Arrays.stream(parts).noneMatch(ByteBuffer::hasRemaining)) {
                break;
            }
            if (engine.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP) {
                throw new SSLException("a frame was sent before both ends were secured");
            }
        }
        records.flip();
        if (!records.hasRemaining()) {
            pool.give(records);
            return;
        }
        ByteBuffer written = records;
        next.filterWrite(
                session, request.map(frame -> Encrypted.frame(written, frame)).orElseGet(() -> Encrypted.own(written)));
    }

    /** Says goodbye, or why not: what was sent before still goes out, then the connection is closed. */
    void close() {
        sending.lock();
        try {
            engine.closeOutbound();
            if (!engine.isOutboundDone()) {
                write(NOTHING, 0, Optional.empty());
            }
        } catch (SSLException e) {
            // The other end learns nothing more than that it is closed.
        } finally {
            sending.unlock();
            session.closeOnFlush();
        }
    }

    void sent(Encrypted sent) {
        pool.give(sent.records());
    }
}
