package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Cancellation;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The sites that are connected, by name. */
public final class SiteRegistry implements AutoCloseable {

    private final Map<String, RemoteSite> sites = new TreeMap<>();

    /**
     * Registers a site.
     *
     * @throws Refusal when a site of that name is there
     */
    public synchronized void add(RemoteSite site) {
        if (!site.name().matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
            throw new Refusal("'" + site.name()
                    + "' is no name for a site: letters, digits, '.', '_' and '-' are allowed, 100 at most");
        }
        if (sites.putIfAbsent(site.name(), site) != null) {
            throw new Refusal("a site named '" + site.name() + "' is connected already");
        }
        notifyAll();
    }

    public synchronized void gone(String name) {
        sites.remove(name);
        notifyAll();
    }

    /** Waits until all these sites are connected. */
    List<RemoteSite> await(List<String> names, Cancellation cancellation) throws InterruptedException {
        Cancellation.Registration registration = cancellation.onCancel(this::wake);
        try {
            synchronized (this) {
                while (!sites.keySet().containsAll(names) && !cancellation.isCancelled()) {
                    wait();
                }
                cancellation.check();
                return names.stream().map(sites::get).toList();
            }
        } finally {
            registration.close();
        }
    }

    private synchronized void wake() {
        notifyAll();
    }

    @Override
    public void close() {
        List<RemoteSite> connected;
        synchronized (this) {
            connected = List.copyOf(sites.values());
        }
        connected.forEach(RemoteSite::close);
    }
}
