package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The sites that are connected, by name. */
public final class SiteRegistry implements AutoCloseable {

    private final Map<String, Link> links = new TreeMap<>();
    private final boolean sitesReturn;
    private final Runnable changed;

    /**
     * @param sitesReturn whether a site that is gone may come back, so that jobs wait for it
     * @param changed told whenever a site has come or gone; returns soon
     */
    public SiteRegistry(boolean sitesReturn, Runnable changed) {
        this.sitesReturn = sitesReturn;
        this.changed = changed;
    }

    boolean sitesReturn() {
        return sitesReturn;
    }

    /**
     * Registers a site.
     *
     * @throws Refusal when a site of that name is there
     */
    public void add(String name, Link link) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
            throw new Refusal(
                    "'" + name + "' is no name for a site: letters, digits, '.', '_' and '-' are allowed, 100 at most");
        }
        synchronized (this) {
            Link there = links.get(name);
            if (there != null && there.isOpen()) {
                throw new Refusal("a site named '" + name + "' is connected already");
            }
            links.put(name, link);
            notifyAll();
        }
        changed.run();
        if (!link.isOpen()) {
            gone(name, link);
        }
    }

    public void gone(String name, Link link) {
        boolean removed;
        synchronized (this) {
            removed = links.remove(name, link);
            notifyAll();
        }
        if (removed) {
            changed.run();
        }
    }

    /** The names of those that are connected. */
    public synchronized List<String> names() {
        return links.entrySet().stream()
                .filter(entry -> entry.getValue().isOpen())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The names of those that can be reached now; not of those that are waited for because their connection broke. */
    public synchronized List<String> reached() {
        return links.entrySet().stream()
                .filter(entry -> entry.getValue().isOpen() && !entry.getValue().isAway())
                .map(Map.Entry::getKey)
                .toList();
    }

    synchronized Optional<Link> link(String name) {
        return Optional.ofNullable(links.get(name)).filter(Link::isOpen);
    }

    /** Waits until so many of these sites are connected; gives all of them, also those that are not. */
    List<RemoteSite> await(Collection<String> names, int least, Cancellation cancellation) throws InterruptedException {
        try (Cancellation.Registration registration = cancellation.onCancel(this::wake)) {
            synchronized (this) {
                while (names.stream().filter(name -> link(name).isPresent()).count() < least
                        && !cancellation.isCancelled()) {
                    wait();
                }
                cancellation.check();
                return names.stream()
                        .map(name -> new RemoteSite(name, this, link(name)))
                        .toList();
            }
        }
    }

    /** Waits until a site is connected. */
    Link await(String name, Cancellation cancellation) throws InterruptedException {
        try (Cancellation.Registration registration = cancellation.onCancel(this::wake)) {
            synchronized (this) {
                while (link(name).isEmpty() && !cancellation.isCancelled()) {
                    wait();
                }
                cancellation.check();
                return link(name).orElseThrow();
            }
        }
    }

    private synchronized void wake() {
        notifyAll();
    }

    @Override
    public void close() {
        List<Link> connected;
        synchronized (this) {
            connected = List.copyOf(links.values());
        }
        connected.forEach(Link::close);
    }
}
