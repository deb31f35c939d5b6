package io.weft.server.status.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.identity.Kit;
import io.weft.identity.Wish;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page of a server, asked over real sockets by HTTPS. */
@Timeout(300)
class PageServerTest {

    @TempDir
    static Path folder;

    private static ProjectKits kits;

    @TempDir
    Path home;

    private FakeServer server;
    private PageServer page;

    @BeforeAll
    static void provision() throws IOException {
        // Shorter than a home's, so that who says nothing need not be waited for so long.
        System.setProperty("sun.net.httpserver.maxReqTime", "5");
        kits = ProjectKits.in(folder.resolve("kits"), "clinics");
    }

    @BeforeEach
    void serve() throws Exception {
        server = new FakeServer(home, kits.kit("server"));
        page = PageServer.open(server, 0, Clock.systemUTC());
    }

    @AfterEach
    void close() throws Exception {
        page.close();
    }

    private Browser member() throws IOException {
        return Browser.of(kits.kit("member@example.org"), page.address());
    }

    private Browser stranger() throws Exception {
        return Browser.without(kits.kit("member@example.org").authority(), page.address());
    }

    @Test
    void anAdminsCertificateShowsThePage() throws Exception {
        HttpResponse<String> shown = member().get("/");

        assertEquals(200, shown.statusCode(), shown.body());
        assertEquals("TLSv1.3", shown.sslSession().orElseThrow().getProtocol());
        assertEquals(
                "text/html; charset=utf-8",
                shown.headers().firstValue("Content-Type").orElseThrow());
        assertTrue(shown.body().contains("<script src=\"page.js\" defer></script>"), shown.body());
        assertEquals(200, member().get("/page.js").statusCode());
        assertEquals(200, member().get("/page.css").statusCode());
    }

    @Test
    void aBrowserRunsNoScriptButOurs() throws Exception {
        HttpResponse<String> shown = member().get("/");

        String policy = shown.headers().firstValue("Content-Security-Policy").orElseThrow();
        assertTrue(policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self';"), policy);
        assertFalse(policy.contains("unsafe"), policy);
        assertEquals(
                "nosniff", shown.headers().firstValue("X-Content-Type-Options").orElseThrow());
        assertFalse(shown.body().contains("<script>"), shown.body());
        assertFalse(shown.body().contains("http://") || shown.body().contains("https://"), shown.body());
    }

    @Test
    void nobodyComesInWithoutACertificateOrAToken() throws Exception {
        for (String path : List.of("/", "/page.js", "/page.css", "/events", "/elsewhere")) {
            HttpResponse<String> refused = stranger().get(path);
            assertEquals(401, refused.statusCode(), path);
            assertEquals(1, refused.body().lines().count(), refused.body());
            assertTrue(refused.body().contains("weft page"), refused.body());
        }
    }

    @Test
    void aTokenOpensThePageOnce() throws Exception {
        URI once = page.once();

        HttpResponse<String> welcomed = stranger().get(once.toString());

        assertEquals(303, welcomed.statusCode(), welcomed.body());
        assertEquals("/", welcomed.headers().firstValue("Location").orElseThrow());
        String cookie = welcomed.headers().firstValue("Set-Cookie").orElseThrow();
        assertTrue(cookie.startsWith("__Host-"), cookie);
        assertTrue(cookie.endsWith("; Secure; HttpOnly; SameSite=Strict"), cookie);
        Browser welcome = stranger().keeps(cookie);
        assertEquals(200, welcome.get("/").statusCode());
        assertEquals(200, welcome.get("/").statusCode());
        HttpResponse<String> again = stranger().get(once.toString());
        assertEquals(401, again.statusCode());
        assertTrue(again.body().startsWith("The token is wrong, was used, or has expired"), again.body());
    }

    @Test
    void whatLooksAtAnAddressBeforehandDoesNotUseItsToken() throws Exception {
        URI once = page.once();

        assertEquals(401, stranger().ask("HEAD", once.toString()).statusCode());

        assertEquals(303, stranger().get(once.toString()).statusCode());
    }

    @Test
    void aWrongTokenAndAWrongSessionAreRefused() throws Exception {
        assertEquals(401, stranger().get("/?token=AAAA").statusCode());
        assertEquals(401, stranger().get("/?token=").statusCode());
        HttpResponse<String> refused =
                stranger().keeps("__Host-weft-status=AAAA; Path=/").get("/");
        assertEquals(401, refused.statusCode());
        assertTrue(refused.body().startsWith("The session has expired."), refused.body());
    }

    @Test
    void aTokenOfThePageIsNoTokenOfTheEvents() throws Exception {
        assertEquals(401, stranger().get("/events" + page.once().getRawQuery()).statusCode());
    }

    @Test
    void aSiteIsToldThatThePageIsForAdmins() throws Exception {
        HttpResponse<String> refused =
                Browser.of(kits.kit("site-1"), page.address()).get("/");

        assertEquals(403, refused.statusCode());
        assertTrue(refused.body().startsWith("site 'site-1' of north is no admin"), refused.body());
    }

    @Test
    void anotherProjectsAdminIsRefusedInTheHandshake() throws Exception {
        ProjectKits others = ProjectKits.in(folder.resolve("others"), "clinics");
        Kit server = kits.kit("server");

        // The stranger knows this server's authority, as an attacker would.
        assertThrows(IOException.class, () -> Browser.of(others.kit("member@example.org"), page.address())
                .get("/"));
        try (SSLSocket socket = Impostor.dials(others.out().resolve("member@example.org"), server, page.address())) {
            assertThrows(IOException.class, () -> {
                socket.startHandshake();
                socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
                if (socket.getInputStream().read() < 0) {
                    throw new SSLException("closed");
                }
            });
        }
    }

    @Test
    void whoIsRevokedWhileTheyLookSeesNoMore() throws Exception {
        Browser gone = Browser.of(kits.kit("gone@example.org"), page.address());
        try (Browser.Events events = gone.events(Optional.empty())) {
            events.await("sites", "[]");

            kits.provision(new Wish.Revoke("gone@example.org"));
            server.site("site-1", true);

            while (events.next().isPresent()) {
                // What was on the way before.
            }
        }
        // The same connection asks again, and a new one.
        assertEquals(403, gone.get("/").statusCode());
    }

    @Test
    void anAdminsTokenCountsAsLongAsTheirCertificate() throws Exception {
        HttpResponse<String> welcomed = stranger()
                .get(page.once(kits.kit("away@example.org").certificate()).toString());
        assertEquals(303, welcomed.statusCode(), welcomed.body());
        Browser browser =
                stranger().keeps(welcomed.headers().firstValue("Set-Cookie").orElseThrow());
        assertEquals(200, browser.get("/").statusCode());

        kits.provision(new Wish.Revoke("away@example.org"));

        assertEquals(403, browser.get("/").statusCode());
        assertThrows(Refusal.class, () -> page.once(kits.kit("away@example.org").certificate()));
    }

    @Test
    void aSitesCertificateGetsNoToken() {
        assertThrows(Refusal.class, () -> page.once(kits.kit("site-1").certificate()));
    }

    @Test
    void nothingCanBeDoneButRead() throws Exception {
        for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS", "PATCH")) {
            HttpResponse<String> refused = member().ask(method, "/");
            assertEquals(405, refused.statusCode(), method);
            assertEquals("GET, HEAD", refused.headers().firstValue("Allow").orElseThrow());
        }
    }

    @Test
    void headIsAnsweredWithoutContent() throws Exception {
        for (String path : List.of("/", "/events")) {
            HttpResponse<String> head = member().ask("HEAD", path);
            assertEquals(200, head.statusCode());
            assertEquals("", head.body());
        }
    }

    @Test
    void nothingElseIsServed() throws Exception {
        for (String path : List.of("/page.html", "/../kit/key.pem", "/%2e%2e/kit/key.pem", "/page.js/", "/events/x")) {
            assertEquals(404, member().get(path).statusCode(), path);
        }
    }

    @Test
    void hostileNamesAndReasonsStayText() throws Exception {
        server.job("dolly-1", "FAILED", "</script><script>alert(1)</script>\ndata: forged\n\nevent: sites");

        try (Browser.Events events = member().events(Optional.empty())) {
            Browser.Events.Event jobs = events.await("jobs", "dolly-1");
            assertTrue(jobs.data().contains("\\ndata: forged\\n\\nevent: sites"), jobs.data());
        }
        String script = member().get("/page.js").body();
        for (String unsafe : List.of("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(")) {
            assertFalse(script.contains(unsafe), unsafe);
        }
    }

    @Test
    void whatHappensIsToldLive() throws Exception {
        server.job("dolly-1", "RUNNING", "");
        try (Browser.Events events = member().events(Optional.empty())) {
            events.await("jobs", "\"state\":\"RUNNING\"");

            metrics("{\"round\":1,\"site\":\"site-1\",\"kind\":\"train\",\"loss\":2.5,\"tokens\":10}");
            server.event(
                    "dolly-1",
                    "{\"event\":\"progress\",\"round\":1,\"site\":\"site-1\",\"activity\":\"train\",\"done\":3,"
                            + "\"total\":8,\"values\":{\"loss\":2.25}}");
            // The metrics were there before; that they are seen first is left to chance.
            String job = events.await("job", "\"doing\":\"train\"").data();
            assertTrue(job.contains("[[1,2.5]]"), job);
            assertTrue(job.contains("{\"round\":1,\"done\":3,\"total\":8,\"loss\":2.25}"), job);

            server.job("dolly-1", "FAILED", "no site is left");
            events.await("jobs", "no site is left");
        }
    }

    @Test
    void whoComesBackGetsWhatIsNewerThanTheLastEvent() throws Exception {
        server.job("dolly-1", "RUNNING", "");
        Browser browser = member();
        String last;
        try (Browser.Events events = browser.events(Optional.empty())) {
            last = events.await("job", "dolly-1").id();
        }

        server.site("site-1", true);

        try (Browser.Events events = browser.events(Optional.of(last))) {
            Browser.Events.Event first = events.next().orElseThrow();
            assertEquals("sites", first.kind(), first.toString());
            assertTrue(Long.parseLong(first.id()) > Long.parseLong(last));
        }
    }

    @Test
    void theNumberOfALaterServerBringsEverything() throws Exception {
        server.job("dolly-1", "RUNNING", "");

        try (Browser.Events events = member().events(Optional.of("999999999999999999"))) {
            events.await("server", "clinics");
            events.await("jobs", "dolly-1");
            events.await("plugins", "fedavg");
        }
    }

    @Test
    void noMoreLookThanThereIsRoomFor() throws Exception {
        List<Browser.Events> watching = new ArrayList<>();
        try {
            Browser browser = member();
            int status = 200;
            while (status == 200 && watching.size() < 50) {
                Browser.Events events = browser.events(Optional.empty());
                status = events.status();
                watching.add(events);
            }
            assertEquals(503, status);
            assertEquals(200, browser.get("/").statusCode());
        } finally {
            for (Browser.Events events : watching) {
                events.close();
            }
        }
    }

    @Test
    void whoSaysNothingIsShownOut() throws Exception {
        try (Socket slow = new Socket("localhost", page.address().getPort())) {
            OutputStream out = slow.getOutputStream();
            out.write(0x16); // A handshake begins so, and this one goes no further.
            out.flush();

            assertEquals(200, member().get("/").statusCode());
            assertTrue(isClosed(slow));
        }
    }

    /** Waits for the other end to close. */
    private static boolean isClosed(Socket socket) {
        try {
            return socket.getInputStream().readAllBytes().length < 1000;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void headersThatDoNotEndAreNotRead() throws Exception {
        String much = "x".repeat(1 << 20);
        Browser browser = member();

        assertThrows(IOException.class, () -> browser.keeps(much + ";").get("/"));
        assertEquals(200, member().get("/").statusCode());
    }

    private void metrics(String line) throws IOException {
        Path job = Files.createDirectories(server.folder("dolly-1"));
        Files.writeString(
                job.resolve("metrics.jsonl"), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
