package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.transport.Connection;
import io.weft.distribution.tests.process.Workbench.Outcome;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.Message;
import io.weft.exchange.Service;
import io.weft.identity.Kit;
import io.weft.transport.mina.MinaTransport;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server's process, and who should not come in: each is refused, the log says so within bounds, and others are served. */
@Timeout(300)
class HostileTest {

    private static final int CROWD = 1000;

    private static final int MOST_LOGGED = 60;

    /** What a server takes at most, whoever comes. */
    private static final int MOST_MEGABYTES = 300;

    /** A map of one key in CBOR: {@code {"message": "list-jobs"}}. */
    private static final byte[] LIST_JOBS = "\u00a1gmessageilist-jobs".getBytes(StandardCharsets.ISO_8859_1);

    @TempDir
    static Path work;

    private static Network network;
    private static Home server;

    @BeforeAll
    static void start() throws Exception {
        network = Network.provision(Files.createDirectory(work.resolve("project")), "name: none\n");
        server = network.server();
        server.start();
    }

    @AfterAll
    static void end() throws Exception {
        server.close();
    }

    private static SSLContext keys(Path kit) throws IOException {
        return Kit.open(kit).tls();
    }

    private static Link dial(SSLContext keys, CountDownLatch closed) throws IOException {
        URI at = URI.create("weft://localhost:" + network.port());
        return Link.over(
                new MinaTransport().dial(at, Optional.of(keys)), Link.End.DIALED, "stranger", new Nothing(closed));
    }

    private static Message hello(Link link, String name) throws IOException, InterruptedException {
        return link.ask(new Message.Hello(name), Message.Welcome.class, new Cancellation());
    }

    private static void assertServesOthers() throws IOException, InterruptedException {
        Outcome sites = network.asked(Network.LEAD, "sites");
        assertEquals(0, sites.exit(), sites.err());
        assertTrue(peakMegabytes() <= MOST_MEGABYTES, peakMegabytes() + " MB");
    }

    /** The most memory that the server's process has taken, where the system tells. */
    private static long peakMegabytes() throws IOException {
        String process =
                Files.readString(server.folder().resolve("data/resident.pid")).strip();
        Path status = Path.of("/proc", process, "status");
        if (!Files.exists(status)) {
            return 0;
        }
        String peak = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(peak.replaceAll("[^0-9]", "")) / 1024;
    }

    /** Sends frames over a connection of a site that has proved who it is, and waits until it is closed. */
    private static void assertCutOff(String what, long key, ByteBuffer... frames) throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        URI at = URI.create("weft://localhost:" + network.port());
        try (Connection connection = new MinaTransport().dial(at, Optional.of(keys(network.kit("site-1"))))) {
            connection.onClosed(closed::countDown);
            connection.onFrame(frame -> {});
            connection.send(RawFrame.open(key));
            for (ByteBuffer frame : frames) {
                connection.send(frame);
            }
            assertTrue(closed.await(1, TimeUnit.MINUTES), what);
        }
    }

    /** What was done to a connection may be told at its other end first, and then logged. */
    private static void awaitLog(String words) throws IOException {
        while (!log().contains(words)) {
            Thread.onSpinWait();
        }
    }

    private static String lastLines() {
        try {
            List<String> lines = log().lines().toList();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static String log() throws IOException {
        return Files.readString(server.folder().resolve("data/log/weft.log"));
    }

    @Test
    void whoShowsNoCertificateIsRefused() throws Exception {
        SSLContext nobody = SSLContext.getInstance("TLSv1.3");
        nobody.init(null, new TrustManager[] {new Credulous()}, null);
        assertThrows(IOException.class, () -> {
            try (SSLSocket socket = (SSLSocket) nobody.getSocketFactory().createSocket("localhost", network.port())) {
                socket.startHandshake();
                if (socket.getInputStream().read() < 0) {
                    throw new IOException("closed");
                }
            }
        });
        awaitLog("refused a connection from");
        assertServesOthers();
    }

    @Test
    void anotherProjectsKitIsRefused() throws Exception {
        Network other = Network.provision(Files.createDirectories(work.resolve("other")), "name: none\n");
        SSLContext foreign = keys(other.kit("site-1"));
        assertThrows(IOException.class, () -> dial(foreign, new CountDownLatch(1)));
        assertServesOthers();
    }

    @Test
    void noSiteTakesTheNameOfAnotherOrComesTwice() throws Exception {
        try (Link link = dial(keys(network.kit("site-1")), new CountDownLatch(1))) {
            Refusal refusal = assertThrows(Refusal.class, () -> hello(link, "site-2"));
            assertTrue(refusal.getMessage().startsWith("the certificate is that of "), refusal.getMessage());
            assertThrows(Refusal.class, () -> hello(link, "../site-2"));
            hello(link, "site-1");
            try (Link again = dial(keys(network.kit("site-1")), new CountDownLatch(1))) {
                assertEquals(
                        "a site named 'site-1' is connected already",
                        assertThrows(Refusal.class, () -> hello(again, "site-1"))
                                .getMessage());
            }
        }
    }

    @Test
    void aSiteMayNotAskWhatAdminsAsk() throws Exception {
        try (Link link = dial(keys(network.kit("site-1")), new CountDownLatch(1))) {
            assertThrows(
                    Refusal.class,
                    () -> link.ask(new Message.Admin.ListJobs(), Message.Admin.Jobs.class, new Cancellation()));
        }
        assertServesOthers();
    }

    @Test
    void aNameWithALineEndBeginsNoLineOfTheLog() throws Exception {
        try (Link link = dial(keys(network.kit("site-1")), new CountDownLatch(1))) {
            assertThrows(Refusal.class, () -> hello(link, "../site-2\nforged: all is well"));
        }
        awaitLog("forged: all is well");
        assertTrue(log().lines().noneMatch(line -> line.startsWith("forged")), HostileTest::lastLines);
    }

    @Test
    void framesThatNoEndWouldSendEndTheConnection() throws Exception {
        byte[] some = {1, 2, 3};
        byte[] deep = new byte[100_000];
        Arrays.fill(deep, (byte) 0x81);
        byte[] claiming = {(byte) 0xa1, 0x67, 'm', 'e', 's', 's', 'a', 'g', 'e', 0x7b, 0x3f, -1, -1, -1, -1, -1, -1, -1
        };
        assertCutOff("checksum", 1, RawFrame.damaged(RawFrame.frame(RawFrame.REQUEST, 1, 3, some)));
        assertCutOff("length", 2, RawFrame.frame(RawFrame.REQUEST, 1, 1 << 20, some));
        assertCutOff("type", 3, RawFrame.frame(99, 1, 3, some));
        assertCutOff("no message", 4, RawFrame.frame(RawFrame.REQUEST, 1, 3, some));
        assertCutOff("depth", 5, RawFrame.frame(RawFrame.REQUEST, 1, deep.length, deep));
        assertCutOff("text of an exbibyte", 6, RawFrame.frame(RawFrame.REQUEST, 1, claiming.length, claiming));
        ByteBuffer request = RawFrame.frame(RawFrame.REQUEST, 1, LIST_JOBS.length, LIST_JOBS);
        assertCutOff("once more", 7, request, request.duplicate());
        assertServesOthers();
    }

    @Test
    void whoIsRevokedIsCutOffAndDoesNotComeBack() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        SSLContext keys = keys(network.kit("site-2"));
        try (Link link = dial(keys, closed)) {
            hello(link, "site-2");
            network.provisionAgain("--revoke", "site-2");
            Files.copy(
                    network.kit("authority").resolve("revoked.pem"),
                    server.folder().resolve("kit/revoked.pem"),
                    StandardCopyOption.REPLACE_EXISTING);
            assertTrue(closed.await(2, TimeUnit.MINUTES), "it is cut off");
        }
        // TLS refuses it, or, where that resumes a session, the server.
        Exception refused = assertThrows(Exception.class, () -> {
            try (Link link = dial(keys, new CountDownLatch(1))) {
                hello(link, "site-2");
            }
        });
        assertTrue(refused instanceof IOException || refused instanceof Refusal, refused::toString);
        awaitLog("cut off: ");
        assertServesOthers();
    }

    @Test
    void aCrowdThatSaysNothingOrNonsenseKeepsNobodyOut() throws Exception {
        Random random = new Random(5);
        List<Socket> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < CROWD; i++) {
                Socket socket = new Socket("localhost", network.port());
                crowd.add(socket);
                if (i % 3 == 0) {
                    nonsense(socket, random);
                }
            }
            assertServesOthers();
        } finally {
            for (Socket socket : crowd) {
                socket.close();
            }
        }
        long refused = log().lines()
                .filter(line -> line.contains("refused a connection"))
                .count();
        assertTrue(refused <= MOST_LOGGED, refused + " lines in the log");
    }

    private static void nonsense(Socket socket, Random random) {
        byte[] bytes = new byte[1 + random.nextInt(500)];
        random.nextBytes(bytes);
        try {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
        } catch (IOException e) {
            // The server has had enough of it.
        }
    }

    /** Trusts every server. */
    private static final class Credulous implements X509TrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** Does nothing for the server. */
    private record Nothing(CountDownLatch ended) implements Service {

        @Override
        public Message answer(Message request, Cancellation cancellation) {
            throw new Refusal("nothing is done here");
        }

        @Override
        public TensorReader open(String resource) throws IOException {
            throw new IOException("nothing is offered");
        }

        @Override
        public void notice(Message notice) {}

        @Override
        public void closed() {
            ended.countDown();
        }
    }
}
