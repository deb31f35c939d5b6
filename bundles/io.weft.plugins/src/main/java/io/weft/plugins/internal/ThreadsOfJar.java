package io.weft.plugins.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.Bundle;

/**
 * Finds the threads of a plugin's jar: those whose context class loader or class is the jar's, as what the plugin starts inherits it, and
 * those that are in code of the jar right now.
 */
final class ThreadsOfJar {

    /** A thread that was told to end needs a moment; all of them together get this one. */
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Bundle bundle;
    private final ClassLoader loader;

    ThreadsOfJar(Bundle bundle, ClassLoader loader) {
        this.bundle = bundle;
        this.loader = loader;
    }

    /** Those that are alive and do not end in the next moment, the calling one left out. */
    List<Thread> alive() throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        List<Thread> alive = new ArrayList<>();
        for (Map.Entry<Thread, StackTraceElement[]> one :
                Thread.getAllStackTraces().entrySet()) {
            if (one.getKey() != Thread.currentThread() && isOfJar(one.getKey(), one.getValue())) {
                one.getKey().join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
                if (one.getKey().isAlive()) {
                    alive.add(one.getKey());
                }
            }
        }
        return alive;
    }

    private boolean isOfJar(Thread thread, StackTraceElement[] frames) {
        return thread.getContextClassLoader() == loader
                || thread.getClass().getClassLoader() == loader
                || place(frames).isPresent();
    }

    /** The thread's name, and where in the jar it is. */
    String describe(Thread thread) {
        return "'" + thread.getName() + "'"
                + place(thread.getStackTrace())
                        .map(where -> " (in " + where + ")")
                        .orElse("");
    }

    private Optional<String> place(StackTraceElement[] frames) {
        return Arrays.stream(frames)
                .filter(frame -> isOfJar(frame.getClassName()))
                .findFirst()
                .map(frame -> frame.getClassName() + "." + frame.getMethodName());
    }

    private boolean isOfJar(String type) {
        try {
            return bundle.getEntry(type.replace('.', '/') + ".class") != null;
        } catch (IllegalStateException e) {
            // It is uninstalled already.
            return false;
        }
    }
}
