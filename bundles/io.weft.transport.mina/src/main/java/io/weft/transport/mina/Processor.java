package io.weft.transport.mina;

import java.io.IOException;
import java.util.concurrent.Executor;
import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.transport.socket.nio.NioProcessor;
import org.apache.mina.transport.socket.nio.NioSession;

/** MINA's own, but for a connection that breaks: that is an ordinary event, and MINA would log it as an error. */
public final class Processor extends NioProcessor {

    /** Is made by MINA. */
    public Processor(Executor executor) {
        super(executor);
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
