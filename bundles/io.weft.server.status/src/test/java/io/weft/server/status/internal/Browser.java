package io.weft.server.status.internal;

import io.weft.identity.Kit;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Somebody who looks at a page, with a certificate or without. */
final class Browser {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient client;
    private final URI page;
    private Optional<String> cookie = Optional.empty();

    private Browser(SSLContext tls, URI page) {
        this.client = HttpClient.newBuilder()
                .sslContext(tls)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        this.page = page;
    }

    /** Shows the certificate of a kit. */
    static Browser of(Kit kit, URI page) {
        return new Browser(kit.tls(), page);
    }

    /** Trusts the project's authority, and has no certificate. */
    static Browser without(X509Certificate authority, URI page) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("authority", authority);
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(trusted);
        SSLContext tls = SSLContext.getInstance("TLSv1.3");
        tls.init(null, factory.getTrustManagers(), null);
        return new Browser(tls, page);
    }

    /** Keeps a cookie, as the header that set it says. */
    Browser keeps(String setCookie) {
        cookie = Optional.of(setCookie.substring(0, setCookie.indexOf(';')));
        return this;
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return ask("GET", path);
    }

    HttpResponse<String> ask(String method, String path) throws IOException, InterruptedException {
        return client.send(
                request(path)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .timeout(PATIENCE)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(page.resolve(path));
        cookie.ifPresent(text -> request.header("Cookie", text));
        return request;
    }

    /** The events from now on, or after a number. */
    Events events(Optional<String> lastKnown) throws IOException, InterruptedException {
        HttpRequest.Builder request = request("/events").timeout(PATIENCE);
        lastKnown.ifPresent(number -> request.header("Last-Event-ID", number));
        return new Events(client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream()));
    }

    /** A stream of events. */
    static final class Events implements AutoCloseable {

        private final HttpResponse<java.io.InputStream> response;
        private final BufferedReader lines;

        Events(HttpResponse<java.io.InputStream> response) {
            this.response = response;
            this.lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        }

        /** One event. */
        record Event(String kind, String id, String data) {}

        int status() {
            return response.statusCode();
        }

        /** The next event; empty when there are no more. */
        Optional<Event> next() throws IOException {
            String kind = "";
            String id = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("event: ")) {
                    kind = line.substring("event: ".length());
                } else if (line.startsWith("id: ")) {
                    id = line.substring("id: ".length());
                } else if (line.startsWith("data: ")) {
                    return Optional.of(new Event(kind, id, line.substring("data: ".length())));
                }
            }
            return Optional.empty();
        }

        /** The next event of a kind whose data has this text. */
        Event await(String kind, String text) {
            return Stream.generate(this::nextOrNone)
                    .takeWhile(Optional::isPresent)
                    .flatMap(Optional::stream)
                    .filter(event -> event.kind().equals(kind) && event.data().contains(text))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no event " + kind + " with " + text));
        }

        private Optional<Event> nextOrNone() {
            try {
                return next();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }
}
