package io.weft.server.status.internal;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What the page shows now, in pieces that have a version each. Whoever knows everything up to a version gets the pieces that are newer: so
 * nothing piles up for a slow reader, and one that comes back misses nothing.
 */
final class Board {

    private final Map<String, Piece> pieces = new HashMap<>();
    private long version;
    private boolean closed;

    /**
     * An empty board.
     *
     * @param from a version that no earlier board of this server has reached
     */
    Board(long from) {
        version = from;
    }

    /**
     * One piece.
     *
     * @param kind which event carries it
     * @param text one line of JSON
     */
    record Piece(long version, String kind, String text) {}

    /** Puts a piece there, in the place of the former one of that name; nothing happens where that was the same. */
    synchronized void put(String name, String kind, String text) {
        Piece former = pieces.get(name);
        if (former == null || !Objects.equals(former.text(), text)) {
            version++;
            pieces.put(name, new Piece(version, kind, text));
            notifyAll();
        }
    }

    synchronized void remove(String name) {
        pieces.remove(name);
    }

    /** The pieces that are newer than a version, oldest first; none after that time. All of them when the version is of a later board. */
    synchronized List<Piece> after(long known, long milliseconds) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
        while (true) {
            List<Piece> newer = pieces.values().stream()
                    .filter(piece -> piece.version() > known || known > version)
                    .sorted(Comparator.comparingLong(Piece::version))
                    .toList();
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (!newer.isEmpty() || closed || left <= 0) {
                return newer;
            }
            wait(left);
        }
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /** Nobody waits any more. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }
}
