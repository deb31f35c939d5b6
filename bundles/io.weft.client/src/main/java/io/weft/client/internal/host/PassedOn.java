package io.weft.client.internal.host;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Lines that are passed on while a program writes them: together as they come, and no more than people read. */
final class PassedOn {

    private static final int MOST_IN_A_SECOND = 200;
    private static final int MOST_AT_ONCE = 50;
    private static final int LONGEST = 1_000;

    private final Consumer<List<String>> listener;
    private final String log;
    private final LongSupplier nanoseconds;
    private final List<String> waiting = new ArrayList<>();
    private long second;
    private int inSecond;
    private long leftOut;

    /**
     * @param log where all lines are
     */
    PassedOn(Consumer<List<String>> listener, String log, LongSupplier nanoseconds) {
        this.listener = listener;
        this.log = log;
        this.nanoseconds = nanoseconds;
        this.second = nanoseconds.getAsLong();
    }

    /** A line; nothing when it is empty. */
    void add(String line) {
        if (line.isEmpty()) {
            return;
        }
        long now = nanoseconds.getAsLong();
        if (now - second >= TimeUnit.SECONDS.toNanos(1)) {
            second = now;
            inSecond = 0;
        }
        if (inSecond == MOST_IN_A_SECOND) {
            leftOut++;
            return;
        }
        inSecond++;
        tellOfTheLeftOut();
        waiting.add(line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line);
        if (waiting.size() >= MOST_AT_ONCE) {
            flush();
        }
    }

    private void tellOfTheLeftOut() {
        if (leftOut > 0) {
            waiting.add("(" + leftOut + " more lines are in " + log + " alone)");
            leftOut = 0;
        }
    }

    /** Passes on what waits. */
    void flush() {
        if (!waiting.isEmpty()) {
            listener.accept(List.copyOf(waiting));
            waiting.clear();
        }
    }

    /** There will be no more. */
    void end() {
        tellOfTheLeftOut();
        flush();
    }
}
