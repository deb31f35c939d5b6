package io.weft.server.status.internal;

import com.sun.net.httpserver.HttpExchange;
import io.weft.server.daemon.ServerView;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The page's <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">server-sent events</a>: the pieces of the board, each
 * with its version as its number. A stream ends after a minute, and the browser comes again with the last number that it knows.
 */
final class PageEvents {

    static final String TYPE = "text/event-stream; charset=utf-8";

    private static final long STREAM_SECONDS = HttpLimits.RESPONSE_SECONDS / 2;

    /** A line that says nothing shows that the connection lives. */
    private static final long SILENCE_MILLISECONDS = 15_000;

    private final Board board;
    private final StatusFeed feed;
    private final Semaphore places;

    /**
     * The events of a board.
     *
     * @param most so many may look at a time
     */
    PageEvents(Board board, StatusFeed feed, int most) {
        this.board = board;
        this.feed = feed;
        this.places = new Semaphore(most);
    }

    /**
     * Sends events until it is time for the browser to come again.
     *
     * @return false when there is no place, and nothing was sent
     * @throws io.weft.api.plugin.Refusal when the visitor may not look any more
     */
    boolean send(HttpExchange exchange, PageAccess.Visitor visitor) throws IOException, InterruptedException {
        if (!places.tryAcquire()) {
            return false;
        }
        try (ServerView.Registration watching = feed.watch()) {
            exchange.getResponseHeaders().set("Content-Type", TYPE);
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream body = exchange.getResponseBody()) {
                write(body, lastKnown(exchange), visitor);
            }
            return true;
        } finally {
            places.release();
        }
    }

    private void write(OutputStream body, long from, PageAccess.Visitor visitor)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(STREAM_SECONDS);
        long known = from;
        body.write("retry: 1000\n\n".getBytes(StandardCharsets.UTF_8));
        body.flush();
        while (!board.isClosed() && System.nanoTime() < end) {
            List<Board.Piece> pieces = board.after(known, SILENCE_MILLISECONDS);
            visitor.check();
            for (Board.Piece piece : pieces) {
                body.write(("event: " + piece.kind() + "\nid: " + piece.version() + "\ndata: " + piece.text() + "\n\n")
                        .getBytes(StandardCharsets.UTF_8));
                known = piece.version();
            }
            if (pieces.isEmpty()) {
                body.write(": \n\n".getBytes(StandardCharsets.UTF_8));
            }
            body.flush();
        }
    }

    private static long lastKnown(HttpExchange exchange) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst("Last-Event-ID"))
                .filter(text -> text.matches("[0-9]{1,18}"))
                .map(Long::parseLong)
                .orElse(0L);
    }
}
