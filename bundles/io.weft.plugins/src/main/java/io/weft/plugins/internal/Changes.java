package io.weft.plugins.internal;

import io.weft.plugins.Plugins;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Passes on that something has changed to all who asked for it. */
final class Changes {

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    /** An object of its own for every registration, because one listener may be registered twice. */
    private final class Listener implements Plugins.Registration {

        private final Runnable told;

        Listener(Runnable told) {
            this.told = told;
        }

        @Override
        public void close() {
            listeners.remove(this);
        }
    }

    Plugins.Registration tell(Runnable listener) {
        Listener added = new Listener(listener);
        listeners.add(added);
        return added;
    }

    void happened() {
        listeners.forEach(listener -> listener.told.run());
    }
}
