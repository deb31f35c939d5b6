package io.weft.transport.mina;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.testing.TestAuthority;
import io.weft.api.transport.Connection;
import io.weft.api.transport.Listening;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is not let in, and that those who are do not notice. */
@Timeout(60)
class StrangersTest {

    private static final URI ANYWHERE = URI.create("weft://localhost:0");

    /** Long enough for who is honest on a busy machine. */
    private static final Duration PATIENT = Duration.ofMinutes(5);

    private static final int STRANGERS = 32;

    private final TestAuthority authority = new TestAuthority("project");
    private final BlockingQueue<Connection> accepted = new LinkedBlockingQueue<>();
    private Listening listening;

    @BeforeEach
    void listen() throws IOException {
        listening = listen(PATIENT);
    }

    private Listening listen(Duration greeting) throws IOException {
        return listen(greeting, Duration.ofSeconds(30));
    }

    private Listening listen(Duration greeting, Duration stalled) throws IOException {
        Limits limits = limits(greeting, stalled);
        return new MinaTransport(limits).listen(ANYWHERE, Optional.of(authority.context("localhost")), accepted::add);
    }

    private static Limits limits(Duration greeting, Duration stalled) {
        return new Limits(1 << 20, 1 << 20, 48, greeting, STRANGERS, stalled);
    }

    @AfterEach
    void close() {
        listening.close();
        accepted.forEach(Connection::close);
    }

    private Connection dial(SSLContext keys) throws IOException {
        return new MinaTransport().dial(listening.at(), Optional.of(keys));
    }

    private void assertRefused(SSLContext keys, String why) {
        IOException refused = assertThrows(IOException.class, () -> dial(keys));
        assertTrue(refused.getMessage().contains(why), refused.getMessage());
        assertEquals(0, accepted.size(), "connections that were let in");
    }

    private void assertAnHonestSiteIsLetIn() throws Exception {
        try (Connection site = dial(authority.context("site-1"));
                Connection there = accepted.take()) {
            CountDownLatch heard = new CountDownLatch(1);
            there.onFrame(frame -> heard.countDown());
            assertTrue(site.send(ByteBuffer.wrap(new byte[] {1})));
            heard.await();
        }
    }

    private Socket knock() throws IOException {
        return knock(listening);
    }

    private static Socket knock(Listening listening) throws IOException {
        return new Socket("localhost", listening.at().getPort());
    }

    private static void awaitEnd(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] some = new byte[1024];
        try {
            while (in.read(some) >= 0) {
                // an alert, at most
            }
        } catch (java.net.SocketException e) {
            // reset: ended too
        }
    }

    @Test
    void refusesWhoShowsNoCertificate() throws Exception {
        assertRefused(authority.anonymous(), "certificate");
        assertAnHonestSiteIsLetIn();
    }

    @Test
    void refusesACertificateOfAnotherAuthority() throws Exception {
        TestAuthority other = new TestAuthority("other");
        assertRefused(other.trusting("site-1", authority), "certificate");
        assertAnHonestSiteIsLetIn();
    }

    @Test
    void refusesAnAuthorityThatOnlyBearsTheSameName() throws Exception {
        TestAuthority other = new TestAuthority("project");
        assertRefused(other.trusting("site-1", authority), "certificate");
        assertAnHonestSiteIsLetIn();
    }

    @Test
    void refusesACertificateThatHasExpired() throws Exception {
        assertRefused(authority.expired("site-1"), "certificate");
        assertAnHonestSiteIsLetIn();
    }

    @Test
    void refusesACertificateThatIsNotGoodYet() throws Exception {
        assertRefused(authority.early("site-1"), "certificate");
        assertAnHonestSiteIsLetIn();
    }

    @Test
    void doesNotDialAServerOfAnotherAuthority() {
        TestAuthority other = new TestAuthority("other");
        assertRefused(authority.trusting("site-1", other), "unable to find valid certification path");
    }

    @Test
    void doesNotDialWhoIsNotTheHostThatItDialed() throws Exception {
        TestAuthority elsewhere = new TestAuthority("project");
        try (Listening impostor = new MinaTransport()
                .listen(URI.create("weft://127.0.0.2:0"), Optional.of(elsewhere.context("site-2")), connection -> {})) {
            IOException refused = assertThrows(IOException.class, () -> new MinaTransport()
                    .dial(impostor.at(), Optional.of(elsewhere.context("site-1"))));
            assertTrue(refused.getMessage().contains("127.0.0.2"), refused.getMessage());
        }
    }

    @Test
    void refusesToDoWithoutKeys() {
        MinaTransport transport = new MinaTransport();
        assertThrows(Refusal.class, () -> transport.listen(ANYWHERE, Optional.empty(), connection -> {}));
        assertThrows(Refusal.class, () -> transport.dial(ANYWHERE, Optional.empty()));
    }

    @Test
    void refusesAnAddressWithoutAPort() {
        MinaTransport transport = new MinaTransport();
        Refusal refusal = assertThrows(
                Refusal.class,
                () -> transport.dial(URI.create("weft://server"), Optional.of(authority.context("site-1"))));
        assertEquals(
                "'weft://server' is no address for transport 'mina'; write weft://host:port", refusal.getMessage());
    }

    @Test
    void endsWhoSpeaksNoTls() throws Exception {
        try (Socket socket = knock()) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            awaitEnd(socket);
        }
        assertAnHonestSiteIsLetIn();
    }

    @Test
    void endsWhoSendsRecordsThatAreNone() throws Exception {
        Random random = new Random(11);
        List<byte[]> openings = new ArrayList<>();
        openings.add(new byte[] {22, 3, 3, 0, 0}); // an empty record
        openings.add(new byte[] {22, 3, 3, (byte) 0xff, (byte) 0xff}); // an overlong one
        openings.add(new byte[] {23, 3, 3, 0, 4, 1, 2, 3, 4}); // data before a handshake
        for (int i = 0; i < 30; i++) {
            byte[] chance = new byte[1 + random.nextInt(600)];
            random.nextBytes(chance);
            chance[0] = 22;
            openings.add(chance);
        }
        for (byte[] opening : openings) {
            try (Socket socket = knock()) {
                OutputStream out = socket.getOutputStream();
                for (byte one : opening) {
                    out.write(one); // byte by byte: cut in every place
                }
                socket.shutdownOutput();
                awaitEnd(socket);
            } catch (java.net.SocketException e) {
                // ended while this end still sent
            }
        }
        assertAnHonestSiteIsLetIn();
        assertEquals(0, accepted.size());
    }

    @Test
    void endsWhoDripsPastTheDeadline() throws Exception {
        try (Listening strict = listen(Duration.ofMillis(100));
                Socket socket = knock(strict)) {
            socket.getOutputStream().write(22); // the first byte of a handshake, and never the next
            awaitEnd(socket);
        }
        assertAnHonestSiteIsLetIn();
    }

    @Test
    void letsHonestSitesInWhileAThousandSayNothing() throws Exception {
        List<Socket> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < 1000; i++) {
                crowd.add(knock());
            }
            // Of the crowd all but the last ones had to go; each of the server's threads lets its own in, in their
            // order.
            int last = (STRANGERS + 1) * Runtime.getRuntime().availableProcessors();
            for (Socket socket : crowd.subList(0, Math.max(1, crowd.size() - last))) {
                awaitEnd(socket);
            }
            boolean in = false;
            while (!in) {
                try (Connection site = dial(authority.context("site-1"))) {
                    in = site.peer().isPresent();
                } catch (IOException e) {
                    // pushed out by the rest of the crowd, as it comes in: dial again, as a site does
                }
            }
        } finally {
            for (Socket socket : crowd) {
                socket.close();
            }
        }
    }

    @Test
    void endsWhoGreetsInOtherWords() throws Exception {
        try (SSLSocket socket = secured()) {
            socket.getOutputStream().write(new byte[] {0, 0, 0, 4, 'W', 'F', 'T', '9'});
            awaitEnd(socket);
        }
        assertEquals(0, accepted.size());
        assertAnHonestSiteIsLetIn();
    }

    @Test
    void endsWhoAnnouncesAFrameThatIsTooLarge() throws Exception {
        try (SSLSocket socket = secured()) {
            socket.getOutputStream().write(new byte[] {0, 0, 0, 4, 'W', 'F', 'T', '1', 0x7f, 0, 0, 0});
            Connection there = accepted.take();
            CountDownLatch closed = new CountDownLatch(1);
            there.onClosed(closed::countDown);
            there.onFrame(frame -> {});
            closed.await();
            awaitEnd(socket);
        }
        assertAnHonestSiteIsLetIn();
    }

    @Test
    void endsWhoFallsSilentAndKeepsWhoHasNothingToSay() throws Exception {
        Duration stalled = Duration.ofSeconds(6);
        try (Listening strict = listen(PATIENT, stalled);
                Connection quiet = new MinaTransport(limits(PATIENT, stalled))
                        .dial(strict.at(), Optional.of(authority.context("site-1")))) {
            Connection there = accepted.take();
            BlockingQueue<Byte> heard = new LinkedBlockingQueue<>();
            there.onFrame(frame -> heard.add(frame.get(0)));
            quiet.onFrame(frame -> {});
            for (int i = 0; i < 2; i++) {
                try (SSLSocket silent = secured(strict)) {
                    silent.getOutputStream().write(new byte[] {0, 0, 0, 4, 'W', 'F', 'T', '1'});
                    accepted.take().onFrame(frame -> {});
                    awaitEnd(silent);
                }
            }
            assertTrue(quiet.send(ByteBuffer.wrap(new byte[] {7})));
            assertEquals((byte) 7, heard.take());
        }
    }

    private SSLSocket secured() throws IOException {
        return secured(listening);
    }

    /** A site that speaks TLS rightly and then what it likes. */
    private SSLSocket secured(Listening listening) throws IOException {
        SSLSocket socket = (SSLSocket) authority
                .context("site-1")
                .getSocketFactory()
                .createSocket("localhost", listening.at().getPort());
        socket.startHandshake();
        return socket;
    }
}
