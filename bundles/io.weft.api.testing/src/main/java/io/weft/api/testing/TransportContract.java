package io.weft.api.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.transport.Connection;
import io.weft.api.transport.Listening;
import io.weft.api.transport.Transport;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link Transport} keeps to. A test class implements this interface, gives the transport, and inherits the tests. A transport
 * over a network gets its keys from a {@link TestAuthority}:
 *
 * <pre>{@code
 * class CarrierTest implements TransportContract {
 *     private final TestAuthority authority = new TestAuthority("project");
 *
 *     @Override
 *     public Transport transport() {
 *         return new Carrier();
 *     }
 *
 *     @Override
 *     public URI address() {
 *         return URI.create("carrier://localhost:0");
 *     }
 *
 *     @Override
 *     public Optional<SSLContext> tls(String name) {
 *         return Optional.of(authority.context(name));
 *     }
 * }
 * }</pre>
 */
@Timeout(60)
public interface TransportContract {

    /** The largest frame that every transport carries, in bytes: a payload of 1 MiB and its header. */
    int LARGEST = (1 << 20) + 24;

    /** The transport under test. */
    Transport transport();

    /** An address at which nobody listens; a port that is left open is told by {@link Listening}. */
    URI address();

    /** The keys of the end of that name, {@code localhost} or {@code site-1}; empty for a transport that needs none. */
    default Optional<SSLContext> tls(String name) {
        return Optional.empty();
    }

    /** Both ends of a connection, and what accepted it. */
    record Ends(Connection dialed, Connection accepted, AutoCloseable listening) implements AutoCloseable {

        @Override
        public void close() throws Exception {
            dialed.close();
            accepted.close();
            listening.close();
        }
    }

    private Ends connect() throws Exception {
        Transport transport = transport();
        BlockingQueue<Connection> accepted = new LinkedBlockingQueue<>();
        AutoCloseable listening = transport.listen(address(), tls("localhost"), accepted::add);
        Connection dialed = transport.dial(dialable(listening), tls("site-1"));
        return new Ends(dialed, accepted.take(), listening);
    }

    private URI dialable(AutoCloseable listening) {
        return listening instanceof Listening place ? place.at() : address();
    }

    private static BlockingQueue<String> texts(Connection connection) {
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        connection.onFrame(frame -> received.add(text(frame)));
        return received;
    }

    private static String text(ByteBuffer frame) {
        return StandardCharsets.UTF_8.decode(frame).toString();
    }

    private static ByteBuffer frame(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    default void carriesWholeFramesInOrderBothWays() throws Exception {
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
    default void keepsFramesUntilSomebodyWantsThem() throws Exception {
        try (Ends ends = connect()) {
            for (int i = 0; i < 20; i++) {
                assertTrue(ends.accepted().send(frame("early " + i)));
            }
            BlockingQueue<String> here = texts(ends.dialed());
            for (int i = 0; i < 20; i++) {
                assertEquals("early " + i, here.take());
            }
        }
    }

    @Test
    default void carriesFramesOfAnySizeWithEveryByte() throws Exception {
        int[] sizes = {1, 3, 4, 16_379, 16_380, 16_381, 16_384, 65_536, 262_168, LARGEST - 1, LARGEST};
        try (Ends ends = connect()) {
            BlockingQueue<byte[]> there = new LinkedBlockingQueue<>();
            ends.accepted().onFrame(frame -> {
                byte[] copy = new byte[frame.remaining()];
                frame.get(copy);
                there.add(copy);
            });
            Sender sender = new Sender(ends.dialed());
            for (int size : sizes) {
                byte[] bytes = new byte[size];
                for (int i = 0; i < size; i++) {
                    bytes[i] = (byte) (i * 31 + size);
                }
                sender.send(ByteBuffer.wrap(bytes));
                assertEquals(ByteBuffer.wrap(bytes), ByteBuffer.wrap(there.take()), size + " bytes");
            }
        }
    }

    @Test
    default void copiesWhatItTakes() throws Exception {
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
    default void refusesFramesWhenItIsFullAndSaysWhenItIsNot() throws Exception {
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
            ByteBuffer large = ByteBuffer.allocate(256 << 10);
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
    default void takesNothingOfARefusedFrame() throws Exception {
        try (Ends ends = connect()) {
            CountDownLatch reading = new CountDownLatch(1);
            ends.accepted().onFrame(frame -> awaitQuietly(reading));
            ByteBuffer large = ByteBuffer.allocate(256 << 10);
            while (ends.dialed().send(large)) {
                large.rewind();
            }
            assertEquals(256 << 10, large.remaining());
            reading.countDown();
        }
    }

    @Test
    default void carriesFullStreamsBothWaysAtATime() throws Exception {
        int frames = 100;
        try (Ends ends = connect()) {
            Semaphore there = new Semaphore(0);
            Semaphore here = new Semaphore(0);
            ends.accepted().onFrame(frame -> there.release());
            ends.dialed().onFrame(frame -> here.release());
            Thread back = new Thread(() -> fill(ends.accepted(), frames), "back");
            back.start();
            fill(ends.dialed(), frames);
            there.acquire(frames);
            here.acquire(frames);
            back.join();
        }
    }

    private static void fill(Connection connection, int frames) {
        Sender sender = new Sender(connection);
        ByteBuffer large = ByteBuffer.allocate(128 << 10);
        for (int i = 0; i < frames; i++) {
            sender.send(large.duplicate());
        }
    }

    @Test
    default void keepsFramesOfSeveralThreadsWhole() throws Exception {
        int threads = 4;
        int each = 50;
        try (Ends ends = connect()) {
            Set<String> broken = new TreeSet<>();
            Semaphore received = new Semaphore(0);
            ends.accepted().onFrame(frame -> {
                byte first = frame.get(0);
                for (int i = 1; i < frame.limit(); i++) {
                    if (frame.get(i) != first) {
                        broken.add("byte " + i + " of a frame of thread " + first);
                    }
                }
                received.release();
            });
            Semaphore writable = new Semaphore(0);
            ends.dialed().onWritable(() -> writable.release(threads));
            List<Thread> senders = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                byte[] bytes = new byte[40_000];
                Arrays.fill(bytes, (byte) thread);
                Thread sender = new Thread(
                        () -> {
                            for (int i = 0; i < each; i++) {
                                while (!ends.dialed().send(ByteBuffer.wrap(bytes))) {
                                    writable.acquireUninterruptibly();
                                }
                            }
                        },
                        "sender-" + thread);
                sender.start();
                senders.add(sender);
            }
            for (Thread sender : senders) {
                sender.join();
            }
            received.acquire(threads * each);
            assertEquals(Set.of(), broken);
        }
    }

    @Test
    default void showsEachEndTheOthersCertificate() throws Exception {
        try (Ends ends = connect()) {
            assertEquals(
                    tls("site-1").map(keys -> "CN=site-1"),
                    ends.accepted().peer().map(certificate -> certificate
                            .getSubjectX500Principal()
                            .getName()));
            assertEquals(
                    tls("localhost").map(keys -> "CN=localhost"),
                    ends.dialed().peer().map(certificate -> certificate
                            .getSubjectX500Principal()
                            .getName()));
        }
    }

    @Test
    default void handsOverWhatWasSentBeforeItClosed() throws Exception {
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
    default void tellsBothEndsThatItIsClosed() throws Exception {
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
    default void takesFramesThatNobodyWillReadAfterItClosed() throws Exception {
        try (Ends ends = connect()) {
            CountDownLatch closed = new CountDownLatch(1);
            ends.dialed().onClosed(closed::countDown);
            ends.dialed().onFrame(frame -> {});
            ends.accepted().close();
            ends.accepted().onFrame(frame -> {});
            closed.await();
            for (int i = 0; i < 100; i++) {
                assertTrue(ends.dialed().send(ByteBuffer.allocate(64 << 10)), "frame " + i);
            }
        }
    }

    @Test
    default void keepsConnectionsWhenItNoLongerListens() throws Exception {
        try (Ends ends = connect()) {
            ends.listening().close();
            BlockingQueue<String> there = texts(ends.accepted());
            assertTrue(ends.dialed().send(frame("still here")));
            assertEquals("still here", there.take());
        }
    }

    @Test
    default void saysThatNobodyListens() throws Exception {
        Transport transport = transport();
        AutoCloseable listening = transport.listen(address(), tls("localhost"), connection -> {});
        URI left = dialable(listening);
        listening.close();
        assertThrows(IOException.class, () -> transport.dial(left, tls("site-1")));
    }

    @Test
    default void listensOncePerAddressAndAgainAfterClosing() throws Exception {
        Transport transport = transport();
        AutoCloseable first = transport.listen(address(), tls("localhost"), connection -> {});
        URI taken = dialable(first);
        assertThrows(IOException.class, () -> transport.listen(taken, tls("localhost"), connection -> {}));
        first.close();
        transport.listen(taken, tls("localhost"), connection -> {}).close();
    }

    /** Sends, waiting while the link is full. */
    final class Sender {

        private final Connection connection;
        private final Semaphore writable = new Semaphore(0);

        Sender(Connection connection) {
            this.connection = connection;
            connection.onWritable(writable::release);
        }

        void send(ByteBuffer frame) {
            while (!connection.send(frame)) {
                writable.acquireUninterruptibly();
            }
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
