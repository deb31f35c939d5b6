package io.weft.plugins;

import io.weft.api.plugin.Summary;
import java.util.List;
import java.util.Map;

/** What a job's plugins tell whoever runs them. Called from the plugins' threads; returns soon. */
public interface JobWatch {

    /** A plugin is held from now on. */
    void leased(String kind, String name, Lease<?> lease);

    /** Nothing goes on until a plugin is there; {@code reason} is such as {@code aggregator 'median' is not installed}. */
    default void waiting(String reason) {}

    /** What was waited for is there. */
    default void resumed() {}

    /** Runs the listener when the job is stopped, at once when it has been; until the returned handle is closed. */
    default Plugins.Registration onCancelled(Runnable listener) {
        return () -> {};
    }

    /** A plugin recorded a value. */
    void reported(int round, String metric, double value);

    /** A plugin has something to say that stops nothing. */
    void noted(String message);

    /** A plugin that was let go has left something behind; perhaps nothing else of the job is told after this. */
    default void left(String message) {
        noted(message);
    }

    /** A program of the job wrote something. */
    default void wrote(List<String> lines) {}

    /** A long piece of work is that far. */
    void progressed(int round, String activity, long done, long total, Map<String, Double> values);

    /** A plugin wrote something down for trackers; unlike all else this may wait, because nothing of it may be lost. */
    default void tracked(int round, String tag, long step, Summary value) {}

    /**
     * Returns when work may go on.
     *
     * @throws java.util.concurrent.CancellationException when the job was stopped
     */
    void checkCancelled();
}
