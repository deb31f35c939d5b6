package io.weft.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS between two kits, in memory. The platform looks at its own clock, so these kits are made at the time at which they are used. */
class HandshakeTest {

    @TempDir
    Path folder;

    private ProjectFolder project;

    @BeforeEach
    void clinics() throws IOException {
        project = ProjectFolder.in(folder).at(Instant.now());
        project.provision();
    }

    @Test
    void serverAndSiteKnowEachOther() throws Exception {
        Kit server = project.kit("server");
        Kit site = project.kit("site-1");

        Ends ends = Ends.joined(site, server);

        assertEquals("TLSv1.3", ends.dialing.getSession().getProtocol());
        assertEquals(server.identity(), site.identify(peer(ends.dialing)));
        assertEquals(site.identity(), server.identify(peer(ends.dialed)));
    }

    @Test
    void anAdminIsKnownWithTheRole() throws Exception {
        Kit server = project.kit("server");

        Ends ends = Ends.joined(project.kit("lead@example.org"), server);

        assertEquals(Identity.admin("lead@example.org", "north", Role.LEAD), server.identify(peer(ends.dialed)));
    }

    @Test
    void theServersHostIsInItsCertificate() throws Exception {
        Kit site = project.kit("site-1");
        for (String host : new String[] {"localhost", "127.0.0.1", "::1"}) {
            Ends.joined(Ends.dialing(site, host), project.kit("server"));
        }
        SSLException refused = assertThrows(
                SSLException.class,
                () -> Ends.joined(Ends.dialing(site, "elsewhere.example.org"), project.kit("server")));
        assertTrue(refused.getMessage().contains("elsewhere.example.org"), refused.getMessage());
    }

    @Test
    void nobodyButTheServerIsDialed() throws IOException {
        Kit site = project.kit("site-1");
        Kit other = project.kit("site-2");

        assertThrows(SSLException.class, () -> Ends.joined(site, other));
    }

    @Test
    void anotherProjectOfTheSameNameIsNotTrusted() throws IOException {
        ProjectFolder twin = new ProjectFolder(folder.resolve("twin"), project.text(), project.clock());
        twin.provision();
        Kit stranger = twin.kit("site-1");

        SSLException refused = assertThrows(SSLException.class, () -> Ends.joined(stranger, project.kit("server")));
        assertTrue(refused.getMessage().contains("is not valid here"), refused.getMessage());
    }

    @Test
    void aSiteWithoutACertificateIsNotTrusted() throws Exception {
        Kit server = project.kit("server");
        SSLContext bare = SSLContext.getInstance("TLSv1.3");
        bare.init(null, new TrustManager[] {new Trusting()}, null);
        SSLEngine dialing = bare.createSSLEngine();
        dialing.setUseClientMode(true);

        assertThrows(SSLException.class, () -> Ends.joined(dialing, server));
    }

    @Test
    void aRevokedSiteIsRefusedByNameWithoutARestartOfTheServer() throws Exception {
        Kit server = project.kit("server");
        Kit site = project.kit("site-2");
        Ends.joined(site, server);

        project.provision(new Wish.Revoke("site-2"));

        SSLException refused = assertThrows(SSLException.class, () -> Ends.joined(site, server));
        assertTrue(
                refused.getMessage().contains("the certificate of site 'site-2' of south (serial "),
                refused.getMessage());
        assertTrue(assertThrows(Refusal.class, () -> server.identify(site.certificate()))
                .getMessage()
                .contains("was revoked on"));
        Ends.joined(project.kit("site-1"), server);
    }

    @Test
    void anOlderListOrNoneDoesNotReinstateWhoWasRevoked() throws Exception {
        Path list = project.folder("server/revoked.pem");
        Path older = folder.resolve("older.pem");
        Files.copy(list, older);
        Kit server = project.kit("server");
        Kit site = project.kit("site-2");
        project.provision(new Wish.Revoke("site-2"));
        assertThrows(SSLException.class, () -> Ends.joined(site, server));

        Files.copy(older, list, StandardCopyOption.REPLACE_EXISTING);
        assertThrows(SSLException.class, () -> Ends.joined(site, server));
        Files.delete(list);
        assertThrows(SSLException.class, () -> Ends.joined(site, server));
        Files.writeString(list, "nonsense");
        assertThrows(SSLException.class, () -> Ends.joined(site, server));
    }

    @Test
    void anExpiredSiteIsRefusedByName() throws Exception {
        ProjectFolder past = new ProjectFolder(
                folder.resolve("past"),
                project.text(),
                Clock.fixed(Instant.now().minus(Duration.ofDays(400)), ZoneOffset.UTC));
        past.provision();
        Kit site = past.kit("site-1");
        ProjectFolder now = past.at(Instant.now());
        now.provision(new Wish.Renew("server"));

        SSLException refused = assertThrows(SSLException.class, () -> Ends.joined(site, now.kit("server")));
        assertTrue(
                refused.getMessage().contains("the certificate of site 'site-1' of north expired on "),
                refused.getMessage());
        assertTrue(assertThrows(Refusal.class, () -> now.kit("site-1"))
                .getMessage()
                .contains("expired on"));
    }

    private static X509Certificate peer(SSLEngine engine) throws SSLPeerUnverifiedException {
        return (X509Certificate) engine.getSession().getPeerCertificates()[0];
    }

    /** Trusts everybody. */
    private static final class Trusting extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** Both ends of a connection. */
    private record Ends(SSLEngine dialing, SSLEngine dialed) {

        private static final int ROOM = 1 << 16;

        static Ends joined(Kit dials, Kit listens) throws SSLException {
            SSLEngine dialing = dials.tls().createSSLEngine();
            dialing.setUseClientMode(true);
            return joined(dialing, listens);
        }

        static SSLEngine dialing(Kit dials, String host) {
            SSLEngine engine = dials.tls().createSSLEngine(host, 8443);
            engine.setUseClientMode(true);
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            engine.setSSLParameters(parameters);
            return engine;
        }

        static Ends joined(SSLEngine dialing, Kit listens) throws SSLException {
            SSLEngine dialed = listens.tls().createSSLEngine();
            dialed.setUseClientMode(false);
            dialed.setNeedClientAuth(true);
            ByteBuffer there = ByteBuffer.allocate(ROOM);
            ByteBuffer back = ByteBuffer.allocate(ROOM);
            dialing.beginHandshake();
            dialed.beginHandshake();
            boolean moved = true;
            while (moved) {
                moved = step(dialing, there, back);
                moved |= step(dialed, back, there);
            }
            assertEquals(HandshakeStatus.NOT_HANDSHAKING, dialing.getHandshakeStatus());
            assertEquals(HandshakeStatus.NOT_HANDSHAKING, dialed.getHandshakeStatus());
            return new Ends(dialing, dialed);
        }

        private static boolean step(SSLEngine engine, ByteBuffer out, ByteBuffer in) throws SSLException {
            Runnable task = engine.getDelegatedTask();
            if (task != null) {
                task.run();
                return true;
            }
            if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
                SSLEngineResult result = engine.wrap(ByteBuffer.allocate(0), out);
                return result.bytesProduced() > 0;
            }
            in.flip();
            SSLEngineResult result = engine.unwrap(in, ByteBuffer.allocate(ROOM));
            in.compact();
            return result.bytesConsumed() > 0;
        }
    }
}
