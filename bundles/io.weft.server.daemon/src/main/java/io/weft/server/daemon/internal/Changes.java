package io.weft.server.daemon.internal;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Tells whoever wants to know it that something of the server has changed. */
final class Changes {

    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** Tells the listener from now on; what is returned ends that. */
    Runnable tell(Runnable listener) {
        Runnable own = () -> listener.run();
        listeners.add(own);
        return () -> listeners.remove(own);
    }

    void happened() {
        listeners.forEach(Runnable::run);
    }
}
