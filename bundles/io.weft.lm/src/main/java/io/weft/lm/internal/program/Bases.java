package io.weft.lm.internal.program;

import ai.djl.engine.Engine;
import io.weft.lm.internal.model.Base;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** The frozen bases of this process: each is in memory once, however many trainings use it, and leaves with the last of them. */
public final class Bases {

    private record Key(String digest, Precision precision, Adaptation.Frozen frozen) {}

    private static final class Entry {
        private final FrozenWeights weights;
        private int users;

        Entry(FrozenWeights weights) {
            this.weights = weights;
        }
    }

    private final Map<Key, Entry> entries = new HashMap<>();

    /** One user's hold on a base. */
    public interface Use extends AutoCloseable {

        FrozenWeights weights();

        @Override
        void close();
    }

    /** The base's weights, loaded when nobody else holds them; others who want any base wait meanwhile. */
    public synchronized Use use(Engine engine, Base base, Precision precision, Adaptation.Frozen frozen)
            throws IOException {
        Key key = new Key(base.digest(), precision, frozen);
        Entry entry = entries.get(key);
        if (entry == null) {
            entry = new Entry(FrozenWeights.load(engine, base, precision, frozen));
            entries.put(key, entry);
        }
        entry.users++;
        return new OneUse(key, entry);
    }

    private synchronized void release(Key key, Entry entry) {
        entry.users--;
        if (entry.users == 0) {
            entries.remove(key);
            entry.weights.close();
        }
    }

    private final class OneUse implements Use {

        private final Key key;
        private final Entry entry;
        private boolean closed;

        OneUse(Key key, Entry entry) {
            this.key = key;
            this.entry = entry;
        }

        @Override
        public FrozenWeights weights() {
            return entry.weights;
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                release(key, entry);
            }
        }
    }
}
