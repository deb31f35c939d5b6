package io.weft.transport.mina;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.transport.socket.nio.NioProcessor;
import org.apache.mina.transport.socket.nio.NioSession;

/**
 * MINA's own, but for two things. A connection that breaks is an ordinary event, and MINA would log it as an error. And what a connection
 * waits for is changed by one thread at a time: reading is resumed by the thread that wants frames while this one begins or ends to wait
 * for room to write, and MINA would lose one of the two changes. A connection that is never read again would look dead to both ends.
 */
public final class Processor extends NioProcessor {

    private final ReentrantLock interest = new ReentrantLock();

    /** Is made by MINA. */
    public Processor(Executor executor) {
        super(executor);
    }

    @Override
    protected void setInterestedInRead(NioSession session, boolean interested) throws Exception {
        interest.lock();
        try {
            super.setInterestedInRead(session, interested);
        } finally {
            interest.unlock();
        }
    }

    @Override
    protected void setInterestedInWrite(NioSession session, boolean interested) throws Exception {
        interest.lock();
        try {
            super.setInterestedInWrite(session, interested);
        } finally {
            interest.unlock();
        }
    }

    @Override
    protected int read(NioSession session, IoBuffer into) throws Exception {
        try {
            return super.read(session, into);
        } catch (IOException e) {
            return broken(session, e, -1); // as when the other end closes it
        }
    }

    @Override
    protected int write(NioSession session, IoBuffer from, int length) {
        try {
            return super.write(session, from, length);
        } catch (IOException e) {
            return broken(session, e, 0);
        }
    }

    private static int broken(NioSession session, IOException e, int bytes) {
        session.getFilterChain().fireExceptionCaught(e);
        session.closeNow();
        return bytes;
    }
}
