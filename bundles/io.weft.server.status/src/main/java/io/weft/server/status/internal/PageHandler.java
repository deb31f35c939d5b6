package io.weft.server.status.internal;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers every request: the page, its script, its style and its events, to whom the access lets in. */
final class PageHandler implements HttpHandler {

    static final String EVENTS = "/events";

    private static final int OK = 200;
    private static final int SEE_OTHER = 303;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int UNAVAILABLE = 503;

    private static final Logger LOG = LoggerFactory.getLogger(PageHandler.class);

    private final PageAccess access;
    private final PageEvents events;

    PageHandler(PageAccess access, PageEvents events) {
        this.access = access;
        this.events = events;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            guard(exchange.getResponseHeaders());
            String method = exchange.getRequestMethod();
            if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                say(exchange, METHOD_NOT_ALLOWED, "This page can be read, and nothing else: GET or HEAD.");
                return;
            }
            PageAccess.Decision decision = access.decide(exchange);
            if (decision instanceof PageAccess.Decision.Seen seen) {
                show(exchange, seen.visitor());
            } else if (decision instanceof PageAccess.Decision.Welcomed welcomed) {
                exchange.getResponseHeaders().set("Set-Cookie", welcomed.cookie());
                exchange.getResponseHeaders().set("Location", "/");
                say(exchange, SEE_OTHER, "The page is at /.");
            } else if (decision instanceof PageAccess.Decision.Refused refused) {
                say(exchange, FORBIDDEN, refused.reason());
            } else if (decision instanceof PageAccess.Decision.Unknown unknown) {
                say(exchange, UNAUTHORIZED, unknown.reason());
            }
        } catch (RuntimeException e) {
            LOG.error("a request of the status page failed", e);
            throw e;
        }
    }

    /** A browser keeps nothing, runs no script but ours, and shows the page in no other one. */
    private static void guard(Headers headers) {
        headers.set(
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
                        + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("X-Frame-Options", "DENY");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Cross-Origin-Opener-Policy", "same-origin");
        headers.set("Cache-Control", "no-store");
    }

    private void show(HttpExchange exchange, PageAccess.Visitor visitor) throws IOException {
        String path = exchange.getRequestURI().getPath();
        Optional<Resource> resource = Resource.at(path);
        if (resource.isPresent()) {
            Resource found = resource.get();
            send(exchange, OK, found.type(), found.length(), found::to);
        } else if (path.equals(EVENTS)) {
            stream(exchange, visitor);
        } else {
            say(exchange, NOT_FOUND, "There is nothing here; the page is at /.");
        }
    }

    private void stream(HttpExchange exchange, PageAccess.Visitor visitor) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            send(exchange, OK, PageEvents.TYPE, 0, body -> {});
            return;
        }
        try {
            if (!events.send(exchange, visitor)) {
                say(exchange, UNAVAILABLE, "So many look at the page already that nobody else can; try again later.");
            }
        } catch (Refusal e) {
            LOG.info("who looked at the status page may no longer: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void say(HttpExchange exchange, int status, String line) throws IOException {
        byte[] text = (line + "\n").getBytes(StandardCharsets.UTF_8);
        send(exchange, status, "text/plain; charset=utf-8", text.length, body -> body.write(text));
    }

    /** What an answer consists of. */
    @FunctionalInterface
    private interface Content {
        void to(OutputStream body) throws IOException;
    }

    private static void send(HttpExchange exchange, int status, String type, int length, Content content)
            throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head ? -1 : length);
        if (!head) {
            try (OutputStream body = exchange.getResponseBody()) {
                content.to(body);
            }
        }
    }
}
