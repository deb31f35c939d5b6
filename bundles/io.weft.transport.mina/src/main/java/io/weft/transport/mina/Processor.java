package io.weft.transport.mina;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.transport.socket.nio.NioProcessor;
import org.apache.mina.transport.socket.nio.NioSession;

/**
 * MINA's own, but for three things. A connection that breaks is an ordinary event, and MINA would log it as an error. What a connection
 * waits for is changed by one thread at a time: reading is resumed by the thread that wants frames while this one begins or ends to wait
 * for room to write, and MINA would lose one of the two changes. A connection that is never read again would look dead to both ends. And
 * what is received lies in one buffer for all connections of a processor, where MINA would take a fresh one for each read.
 */
public final class Processor extends NioProcessor {

    private static final int READ_BUFFER = 64 << 10;

    /** One connection is read so often before the others get their turn. */
    private static final int MOST_READS = 4;

    private final ReentrantLock interest = new ReentrantLock();

    /** Used by the processor's own thread, and by nobody when what was received has been taken. */
    private final ByteBuffer received = ByteBuffer.allocate(READ_BUFFER);

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

    /** Hands over what there is by itself, and leaves MINA's buffer empty. */
    @Override
    protected int read(NioSession session, IoBuffer unused) throws Exception {
        int most = MOST_READS;
        do {
            received.clear();
            int read = receive(session);
            if (read <= 0) {
                return read;
            }
            boolean full = !received.hasRemaining();
            session.getFilterChain().fireMessageReceived(IoBuffer.wrap(received.flip()));
            most = full ? most - 1 : 0;
        } while (most > 0 && session.isActive() && !session.isReadSuspended());
        return 0;
    }

    private int receive(NioSession session) throws Exception {
        try {
            return session.getChannel().read(received);
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
