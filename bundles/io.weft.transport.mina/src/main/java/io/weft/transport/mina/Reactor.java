package io.weft.transport.mina;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.mina.core.service.IoProcessor;
import org.apache.mina.core.service.IoService;
import org.apache.mina.core.service.SimpleIoProcessorPool;
import org.apache.mina.transport.socket.SocketSessionConfig;
import org.apache.mina.transport.socket.nio.NioSession;

/** The threads of one listener, or of one connection that was dialed. */
final class Reactor {

    /** The buffer that MINA takes for each read, and that {@link Processor} has no use for. */
    private static final int UNUSED_BUFFER = 64;

    /** How many of them may be late before the other end takes this one for gone. */
    private static final int SIGNS_OF_LIFE = 6;

    private final ExecutorService threads;
    private final ScheduledThreadPoolExecutor clock;
    private final SimpleIoProcessorPool<NioSession> processors;
    private final AtomicBoolean ended = new AtomicBoolean();

    Reactor(String name, int processors) {
        this.threads = Executors.newCachedThreadPool(named(name));
        this.clock = new ScheduledThreadPoolExecutor(1, named(name + "-clock"));
        clock.setRemoveOnCancelPolicy(true);
        this.processors = new SimpleIoProcessorPool<>(Processor.class, threads, processors, null);
    }

    private static ThreadFactory named(String name) {
        AtomicInteger number = new AtomicInteger();
        return work -> {
            Thread thread = new Thread(work, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    ExecutorService threads() {
        return threads;
    }

    ScheduledThreadPoolExecutor clock() {
        return clock;
    }

    IoProcessor<NioSession> processors() {
        return processors;
    }

    static void configure(SocketSessionConfig session, Limits limits) {
        session.setTcpNoDelay(true);
        session.setKeepAlive(true);
        session.setMinReadBufferSize(UNUSED_BUFFER);
        session.setReadBufferSize(UNUSED_BUFFER);
        int stalled = (int) limits.stalled().toSeconds();
        session.setWriteTimeout(stalled);
        session.setReaderIdleTime(stalled);
        session.setWriterIdleTime(Math.max(1, stalled / SIGNS_OF_LIFE));
    }

    /** Ends the service and its threads, soon; MINA waits for its own threads there, so none of them may do it. */
    void end(IoService service) {
        if (ended.compareAndSet(false, true)) {
            clock.execute(() -> {
                service.dispose();
                processors.dispose();
                threads.shutdown();
                clock.shutdownNow();
            });
        }
    }
}
