package io.weft.server.status.internal;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.weft.identity.Kit;
import io.weft.server.daemon.ServerView;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLParameters;

/** Serves the page on a port of its own, by HTTPS with the server's certificate, from its making until it is closed. */
final class PageServer implements AutoCloseable {

    /** As many requests are answered at a time; a connection that has no thread is closed. */
    private static final int MOST_THREADS = 24;

    /** The others are for who comes anew. */
    private static final int MOST_STREAMS = 12;

    private static final int BACKLOG = 32;
    private static final long IDLE_SECONDS = 30;
    private static final long VERSIONS_A_MILLISECOND = 1000;

    private final HttpsServer http;
    private final ThreadPoolExecutor threads;
    private final Kit kit;
    private final PageAccess access;
    private final StatusFeed feed;

    private PageServer(ServerView server, int port, Clock clock) throws IOException {
        HttpLimits.set();
        this.kit = server.kit();
        this.http = HttpsServer.create(address(kit, port), BACKLOG);
        this.access = new PageAccess(kit, clock);
        Board board = new Board(clock.millis() * VERSIONS_A_MILLISECOND);
        this.feed = new StatusFeed(server, board);
        AtomicInteger number = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(
                0,
                MOST_THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                work -> new Thread(work, "status-page-" + number.incrementAndGet()));
        http.setExecutor(threads);
        http.setHttpsConfigurator(new CertificateWanted(kit));
        http.createContext("/", new PageHandler(access, new PageEvents(board, feed, MOST_STREAMS)));
    }

    /**
     * Serves the page.
     *
     * @param port 0 for any that is free
     * @throws java.net.BindException when another process has the port
     */
    static PageServer open(ServerView server, int port, Clock clock) throws IOException {
        PageServer page = new PageServer(server, port, clock);
        page.feed.start();
        page.http.start();
        return page;
    }

    /** Everywhere on this machine, unless nobody from elsewhere is meant; as the server itself. */
    static InetSocketAddress address(Kit kit, int port) throws IOException {
        String host = kit.server().host();
        boolean here = host.equals("localhost") || host.equals("127.0.0.1") || host.equals("::1");
        return here ? new InetSocketAddress(InetAddress.getByName(host), port) : new InetSocketAddress(port);
    }

    /** Where it is. */
    URI address() {
        String host = kit.server().host();
        return URI.create("https://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + http.getAddress().getPort() + "/");
    }

    /** Where it is, with a token that opens it once. */
    URI once() {
        return address().resolve(PageAccess.query(access.token()));
    }

    /** Where it is, with a token that opens it once to an admin. */
    URI once(X509Certificate admin) {
        return address().resolve(PageAccess.query(access.token(admin)));
    }

    @Override
    public void close() throws InterruptedException {
        feed.close();
        http.stop(0);
        threads.shutdownNow();
        threads.awaitTermination(IDLE_SECONDS, TimeUnit.SECONDS);
    }

    /** TLS as with sites and admins, but who has no certificate may come with a token. */
    private static final class CertificateWanted extends HttpsConfigurator {

        CertificateWanted(Kit kit) {
            super(kit.tls());
        }

        @Override
        public void configure(HttpsParameters parameters) {
            SSLParameters tls = getSSLContext().getDefaultSSLParameters();
            tls.setWantClientAuth(true);
            tls.setProtocols(new String[] {"TLSv1.3"});
            parameters.setSSLParameters(tls);
        }
    }
}
