package io.weft.exchange;

import io.weft.api.plugin.Refusal;
import io.weft.api.transport.Connection;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The accepting ends of links that outlive their connections: each waits some time for the next one. */
public final class Links implements AutoCloseable {

    /** How long a link waits for its next connection: long enough for a cable that is plugged in again. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    /** How soon an end is cut off that may not stay. */
    private static final Duration RECHECK = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(Links.class);

    /** Looks at who is at the other end, when a connection comes and regularly after that. */
    @FunctionalInterface
    public interface Check {

        /**
         * Lets an end be, or does not; returns soon.
         *
         * @throws Refusal when it may not stay
         */
        void check(Optional<X509Certificate> peer);
    }

    private final Duration patience;
    private final Check check;
    private final Runnable moved;
    private final ScheduledThreadPoolExecutor clock;
    private final Map<UUID, Entry> links = new HashMap<>();

    private record Entry(Link link, Optional<X509Certificate> peer) {}

    /** Links of whoever comes. */
    public Links() {
        this(peer -> {});
    }

    /** Links of those who pass a check. */
    public Links(Check check) {
        this(check, () -> {});
    }

    /**
     * Links of those who pass a check.
     *
     * @param moved is run whenever the connection of a link broke, or it goes on over another; returns soon
     */
    public Links(Check check, Runnable moved) {
        this(PATIENCE, check, moved);
    }

    Links(Duration patience, Check check) {
        this(patience, check, () -> {});
    }

    private Links(Duration patience, Check check, Runnable moved) {
        this.patience = patience;
        this.check = check;
        this.moved = moved;
        this.clock = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "links");
            thread.setDaemon(true);
            return thread;
        });
        clock.setRemoveOnCancelPolicy(true);
        // The files that say who may stay can lie on a network, where nobody tells that they have changed.
        ScheduledFuture<?> unused = clock.scheduleWithFixedDelay(
                this::checkAll, RECHECK.toSeconds(), RECHECK.toSeconds(), TimeUnit.SECONDS);
    }

    /**
     * Makes a link of a connection, or has the link that the other end names go on over it.
     *
     * @param name of this end, for threads and messages
     * @param service what a new link does for the other end; not used when the link is there already
     * @param opened is told a new link, before any request comes
     */
    public void accept(Connection connection, String name, Service service, Consumer<Link> opened) {
        new Arrival(
                        connection,
                        name,
                        ProtocolVersion.OWN,
                        opening -> {
                            // Not only with a new link: a TLS session that is resumed proves an old certificate once
                            // more.
                            check.check(connection.peer());
                            // An answer may have been lost, and the first frame come once more.
                            Optional<Link> known = known(opening.key(), connection.peer());
                            return known.isPresent() || opening.again()
                                    ? known
                                    : Optional.of(begun(opening, connection, name, service, opened));
                        },
                        moved)
                .await();
    }

    /** Ends the links of those that may not stay. */
    void checkAll() {
        List<Entry> open;
        synchronized (this) {
            open = List.copyOf(links.values());
        }
        for (Entry entry : open) {
            try {
                check.check(entry.peer());
            } catch (Refusal e) {
                if (entry.link().isOpen()) {
                    LOG.warn("cut off: {}", e.getMessage());
                    entry.link().shut(e);
                }
            } catch (RuntimeException e) {
                LOG.error("whether {} may stay could not be looked at", entry.peer(), e);
            }
        }
    }

    private synchronized Optional<Link> known(UUID key, Optional<X509Certificate> peer) {
        return Optional.ofNullable(links.get(key))
                .filter(entry -> entry.peer().equals(peer))
                .map(Entry::link)
                .filter(Link::isOpen);
    }

    private Link begun(Opening opening, Connection connection, String name, Service service, Consumer<Link> opened) {
        Link link = Link.accepted(name, service, opening.key(), this::away);
        List<Link> former;
        synchronized (this) {
            links.values().removeIf(entry -> !entry.link().isOpen());
            former = connection.peer().isEmpty() ? List.of() : awayFrom(connection.peer());
            if (links.putIfAbsent(opening.key(), new Entry(link, connection.peer())) != null) {
                throw new Refusal("this link is over, or another's");
            }
        }
        // Who begins anew will not come back to what it had before: it was restarted.
        former.forEach(left -> left.shut(new LinkClosed(name + ": the other end was restarted")));
        opened.accept(link);
        return link;
    }

    private List<Link> awayFrom(Optional<X509Certificate> peer) {
        return links.values().stream()
                .filter(entry -> entry.peer().equals(peer) && entry.link().isAway())
                .map(Entry::link)
                .toList();
    }

    private void away(Link link) {
        int breaks = link.breaks();
        ScheduledFuture<?> unused =
                clock.schedule(() -> giveUp(link, breaks), patience.toMillis(), TimeUnit.MILLISECONDS);
        moved.run();
    }

    /** Unless it came back meanwhile, and perhaps went again. */
    private void giveUp(Link link, int breaks) {
        if (link.isAway() && link.breaks() == breaks) {
            link.shut(new LinkClosed(
                    "the connection broke, and the other end did not come back within " + patience.toSeconds() + " s"));
        }
    }

    /** Closes every link. */
    @Override
    public void close() {
        List<Link> open;
        synchronized (this) {
            open = links.values().stream().map(Entry::link).toList();
            links.clear();
        }
        clock.shutdownNow();
        open.forEach(Link::close);
    }
}
