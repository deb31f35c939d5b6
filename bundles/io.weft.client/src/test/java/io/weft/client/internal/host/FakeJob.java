package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.StateStore;
import io.weft.api.plugin.Summary;
import io.weft.api.testing.TestJob;
import java.lang.annotation.Annotation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.random.RandomGenerator;

/** A job at the site "north" that a test can stop. */
final class FakeJob implements JobContext {

    private final TestJob options;
    private final List<String> notes = new CopyOnWriteArrayList<>();
    private final List<String> tracked = new CopyOnWriteArrayList<>();
    private final BlockingQueue<String> output = new LinkedBlockingQueue<>();
    private final List<Runnable> listeners = new ArrayList<>();
    private boolean cancelled;

    FakeJob(Map<String, Object> options) {
        this.options = new TestJob(options);
    }

    List<String> notes() {
        return notes;
    }

    List<String> tracked() {
        return tracked;
    }

    /** The next line that was passed on; waits for it. */
    String nextLine() throws InterruptedException {
        return output.take();
    }

    @Override
    public void output(List<String> lines) {
        output.addAll(lines);
    }

    void cancel() {
        List<Runnable> told;
        synchronized (this) {
            cancelled = true;
            told = List.copyOf(listeners);
        }
        told.forEach(Runnable::run);
    }

    @Override
    public String job() {
        return "job";
    }

    @Override
    public Optional<String> site() {
        return Optional.of("north");
    }

    @Override
    public int rounds() {
        return options.rounds();
    }

    @Override
    public <A extends Annotation> A options(Class<A> type) {
        return options.options(type);
    }

    @Override
    public RandomGenerator random(String purpose, int round) {
        return options.random(purpose, round);
    }

    @Override
    public RandomGenerator sharedRandom(String purpose) {
        return options.sharedRandom(purpose);
    }

    @Override
    public StateStore state() {
        return options.state();
    }

    @Override
    public <P extends Plugin> Partner<P> partner(Class<P> kind, String name, String section) {
        return options.partner(kind, name, section);
    }

    @Override
    public void report(String metric, double value) {}

    @Override
    public void note(String message) {
        notes.add(message);
    }

    @Override
    public void progress(String activity, long done, long total, Map<String, Double> values) {}

    @Override
    public void track(String tag, long step, Summary value) {
        tracked.add(tag + " " + step + " " + value);
    }

    @Override
    public synchronized void checkCancelled() {
        if (cancelled) {
            throw new CancellationException("the job was stopped");
        }
    }

    @Override
    public synchronized Registration onCancelled(Runnable listener) {
        listeners.add(listener);
        return () -> {};
    }
}
