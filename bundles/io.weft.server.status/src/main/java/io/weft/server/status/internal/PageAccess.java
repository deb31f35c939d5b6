package io.weft.server.status.internal;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsExchange;
import io.weft.api.plugin.Refusal;
import io.weft.identity.Identity;
import io.weft.identity.Kit;
import io.weft.identity.Right;
import io.weft.identity.Rights;
import io.weft.identity.Role;
import io.weft.identity.Target;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Decides who sees the page: an admin with a certificate that counts, or a browser that came with a one-time token. */
final class PageAccess {

    /** {@code __Host-} makes browsers keep it to this host, whole and secure. */
    private static final String COOKIE = "__Host-weft-status";

    private static final String TOKEN = "token=";

    private static final Duration TOKEN_LIFE = Duration.ofMinutes(10);
    private static final Duration SESSION_LIFE = Duration.ofHours(12);
    private static final int MOST_TOKENS = 16;
    private static final int MOST_SESSIONS = 64;

    private final Kit kit;
    private final Secrets<Supplier<Identity>> tokens;
    private final Secrets<Supplier<Identity>> sessions;

    PageAccess(Kit kit, Clock clock) {
        this.kit = kit;
        this.tokens = new Secrets<>(clock, TOKEN_LIFE, MOST_TOKENS);
        this.sessions = new Secrets<>(clock, SESSION_LIFE, MOST_SESSIONS);
    }

    /** What becomes of a request. */
    sealed interface Decision {

        /** Whoever asks may see the page. */
        record Seen(Visitor visitor) implements Decision {}

        /** The token counted, and the browser comes again with a cookie. */
        record Welcomed(String cookie) implements Decision {}

        /** Nobody knows who asks: status 401. */
        record Unknown(String reason) implements Decision {}

        /** It is known who asks, and that one may not: status 403. */
        record Refused(String reason) implements Decision {}
    }

    /** Somebody who may see the page, as long as nothing happens to change that. */
    @FunctionalInterface
    interface Visitor {

        /**
         * Passes while that is so.
         *
         * @throws Refusal when it is not so any more
         */
        void check();
    }

    /** A token for whoever has the machine that the server runs on. */
    String token() {
        Identity operator = Identity.admin("operator", kit.project(), Role.PROJECT_ADMIN);
        return tokens.issue(() -> operator);
    }

    /**
     * A token for an admin, who is looked at anew whenever they see something.
     *
     * @throws Refusal when they may not see the page
     */
    String token(X509Certificate admin) {
        mayView(kit.identify(admin));
        return tokens.issue(() -> kit.identify(admin));
    }

    Decision decide(HttpExchange exchange) {
        Optional<X509Certificate> certificate = certificate(exchange);
        if (certificate.isPresent()) {
            return known(() -> mayView(kit.identify(certificate.get())));
        }
        Optional<String> session = session(exchange);
        Optional<Supplier<Identity>> earlier = session.flatMap(sessions::look);
        if (earlier.isPresent()) {
            return known(() -> mayView(sessions.look(session.orElseThrow())
                    .orElseThrow(() -> new Refusal("the session has expired; " + howToCome()))
                    .get()));
        }
        Optional<String> token = token(exchange);
        if (token.isEmpty()) {
            return new Decision.Unknown(
                    (session.isPresent() ? "The session has expired. " : "This page is not for everybody. ")
                            + howToCome());
        }
        // Whatever looks at an address before a person opens it asks by HEAD, or should.
        Optional<Supplier<Identity>> who =
                exchange.getRequestMethod().equals("GET") ? tokens.use(token.get()) : Optional.empty();
        if (who.isEmpty()) {
            return new Decision.Unknown(
                    "The token is wrong, was used, or has expired: each opens the page once, within "
                            + TOKEN_LIFE.toMinutes() + " minutes. " + howToCome());
        }
        return new Decision.Welcomed(COOKIE + "=" + sessions.issue(who.get()) + "; Path=/; Max-Age="
                + SESSION_LIFE.toSeconds() + "; Secure; HttpOnly; SameSite=Strict");
    }

    private static Decision known(Visitor visitor) {
        try {
            visitor.check();
            return new Decision.Seen(visitor);
        } catch (Refusal e) {
            return new Decision.Refused(e.getMessage());
        }
    }

    private static void mayView(Identity who) {
        Rights.check(who, Right.VIEW, new Target.Whole());
    }

    private static String howToCome() {
        return "Open it with the certificate of an admin of the project, or with the address that 'weft page' prints:"
                + " with an admin's kit anywhere, and without one in the server's home.";
    }

    private static Optional<X509Certificate> certificate(HttpExchange exchange) {
        if (!(exchange instanceof HttpsExchange secure)) {
            return Optional.empty();
        }
        try {
            return Optional.of((X509Certificate) secure.getSSLSession().getPeerCertificates()[0]);
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty(); // There is none, which is not the same as a bad one: that ends the handshake.
        }
    }

    private static Optional<String> session(HttpExchange exchange) {
        for (String header : exchange.getRequestHeaders().getOrDefault("Cookie", List.of())) {
            for (String cookie : header.split(";", -1)) {
                String text = cookie.strip();
                if (text.startsWith(COOKIE + "=")) {
                    return Optional.of(text.substring(COOKIE.length() + 1));
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> token(HttpExchange exchange) {
        String query =
                Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
        boolean ofThePage = exchange.getRequestURI().getPath().equals("/") && query.startsWith(TOKEN);
        return ofThePage ? Optional.of(query.substring(TOKEN.length())) : Optional.empty();
    }

    /** The part of an address that brings a token along. */
    static String query(String token) {
        return "?" + TOKEN + token;
    }
}
