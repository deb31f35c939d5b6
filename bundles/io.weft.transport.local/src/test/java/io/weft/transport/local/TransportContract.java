package io.weft.transport.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.transport.Connection;
import io.weft.api.transport.Transport;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every transport must do; a transport's own test extends it. */
@Timeout(30)
abstract class TransportContract {

    private static final int LARGE = 256 << 10;

    /** The transport, as its plugin makes it. */
    abstract Transport transport();

    /** An address at which nobody listens. */
    abstract URI address() throws IOException;

    /** Both ends of a connection. */
    private record Ends(Connection dialed, Connection accepted, AutoCloseable listening) implements AutoCloseable {

        @Override
        public void close() throws Exception {
            dialed.close();
            accepted.close();
            listening.close();
        }
    }

    private Ends connect() throws Exception {
        Transport transport = transport();
        URI address = address();
        BlockingQueue<Connection> accepted = new LinkedBlockingQueue<>();
        AutoCloseable listening = transport.listen(address, Optional.empty(), accepted::add);
        return new Ends(transport.dial(address, Optional.empty()), accepted.take(), listening);
    }

    private static BlockingQueue<String> texts(Connection connection) {
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        connection.onFrame(frame -> received.add(text(frame)));
        return received;
    }

    private static String text(ByteBuffer frame) {
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static ByteBuffer frame(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void carriesWholeFramesInOrderBothWays() throws Exception {
        try (Ends ends = connect()) {
            BlockingQueue<String> there = texts(ends.accepted());
            BlockingQueue<String> here = texts(ends.dialed());
            assertTrue(ends.dialed().send(frame("one")));
            assertTrue(ends.dialed().send(frame("")));
            assertTrue(ends.dialed().send(frame("three")));
            assertTrue(ends.accepted().send(frame("back")));
            assertEquals("one", there.take());
            assertEquals("", there.take());
            assertEquals("three", there.take());
            assertEquals("back", here.take());
        }
    }

    @Test
    void copiesWhatItTakes() throws Exception {
        try (Ends ends = connect()) {
            ByteBuffer reused = ByteBuffer.allocate(5);
            reused.put(frame("first")).flip();
            assertTrue(ends.dialed().send(reused));
            reused.clear().put(frame("other")).flip();
            BlockingQueue<String> there = texts(ends.accepted());
            assertEquals("first", there.take());
        }
    }

    @Test
    void refusesFramesWhenItIsFullAndSaysWhenItIsNot() throws Exception {
        try (Ends ends = connect()) {
            CountDownLatch reading = new CountDownLatch(1);
            Semaphore read = new Semaphore(0);
            ends.accepted().onFrame(frame -> {
                awaitQuietly(reading);
                read.release();
            });
            Semaphore writable = new Semaphore(0);
            ends.dialed().onWritable(writable::release);
            ends.dialed().onFrame(frame -> {});
            int sent = 0;
            ByteBuffer large = ByteBuffer.allocate(LARGE);
            while (ends.dialed().send(large.duplicate())) {
                sent++;
                assertTrue(sent < 1000, "a link that nobody reads must be full at some time");
            }
            reading.countDown();
            writable.acquire();
            read.acquire(sent);
        }
    }

    @Test
    void takesNothingOfARefusedFrame() throws Exception {
        try (Ends ends = connect()) {
            ByteBuffer large = ByteBuffer.allocate(LARGE);
            while (ends.dialed().send(large)) {
                large.rewind();
            }
            assertEquals(LARGE, large.remaining());
        }
    }

    @Test
    void handsOverWhatWasSentBeforeItClosed() throws Exception {
        try (Ends ends = connect()) {
            assertTrue(ends.dialed().send(frame("last words")));
            ends.dialed().close();
            CountDownLatch closed = new CountDownLatch(1);
            ends.accepted().onClosed(closed::countDown);
            BlockingQueue<String> there = texts(ends.accepted());
            assertEquals("last words", there.take());
            closed.await();
        }
    }

    @Test
    void tellsBothEndsThatItIsClosed() throws Exception {
        try (Ends ends = connect()) {
            CountDownLatch closed = new CountDownLatch(2);
            ends.dialed().onClosed(closed::countDown);
            ends.accepted().onClosed(closed::countDown);
            ends.dialed().onFrame(frame -> {});
            ends.accepted().onFrame(frame -> {});
            ends.accepted().close();
            closed.await();
        }
    }

    @Test
    void saysThatNobodyListens() {
        assertThrows(IOException.class, () -> transport().dial(address(), Optional.empty()));
    }

    @Test
    void listensOncePerAddressAndAgainAfterClosing() throws Exception {
        Transport transport = transport();
        URI address = address();
        AutoCloseable first = transport.listen(address, Optional.empty(), connection -> {});
        assertThrows(IOException.class, () -> transport.listen(address, Optional.empty(), connection -> {}));
        first.close();
        transport.listen(address, Optional.empty(), connection -> {}).close();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
