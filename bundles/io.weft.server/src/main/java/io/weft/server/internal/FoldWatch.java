package io.weft.server.internal;

import io.weft.exchange.Cancellation;
import io.weft.plugins.PluginCode;
import io.weft.server.Alarm;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tells, once a round, of an aggregator that writes nothing for long. It may hang or only be slow, and nobody can end it from outside; but
 * a person who sees the job stand still is to know which plugin it waits for, and where that is.
 */
final class FoldWatch implements Cancellation.Registration {

    /** How long an aggregator may go without writing before that is told. */
    static final Duration PATIENCE = Duration.ofMinutes(1);

    /** So many places are enough to find it. */
    private static final int SHOWN = 3;

    private final String aggregator;
    private final FoldedRound fold;
    private final Alarm alarm;
    private final Consumer<String> tell;
    private final Thread folding = Thread.currentThread();
    private long seen;
    private boolean over;
    private Cancellation.Registration next = () -> {};

    private FoldWatch(String aggregator, FoldedRound fold, Alarm alarm, Consumer<String> tell) {
        this.aggregator = aggregator;
        this.fold = fold;
        this.alarm = alarm;
        this.tell = tell;
    }

    /**
     * Watches what the calling thread does, and what threads of the same plugin do, until it is closed.
     *
     * @param aggregator as the sentence begins
     * @param tell takes the sentence, on the alarm's thread
     */
    static FoldWatch start(String aggregator, FoldedRound fold, Alarm alarm, Consumer<String> tell) {
        FoldWatch watch = new FoldWatch(aggregator, fold, alarm, tell);
        watch.lookLater();
        return watch;
    }

    private synchronized void lookLater() {
        next = alarm.after(PATIENCE, this::look);
    }

    private synchronized void look() {
        if (over) {
            return;
        }
        if (fold.writes() > seen) {
            seen = fold.writes();
            next.close();
            lookLater();
        } else {
            over = true;
            tell.accept(aggregator + " has written nothing of round " + fold.number() + " for " + PATIENCE.toSeconds()
                    + " s, and the job waits for it: " + places());
        }
    }

    /** Where the plugin is, and a thread that is there: those that fold pieces inherit the mark of the one that began. */
    private String places() {
        Map<String, String> places = new LinkedHashMap<>();
        Stream.concat(Stream.of(folding), Thread.getAllStackTraces().keySet().stream())
                .filter(thread -> thread.getContextClassLoader() == folding.getContextClassLoader())
                .forEach(thread -> PluginCode.place(thread)
                        .filter(place -> !place.startsWith(FoldedRound.class.getName()))
                        .ifPresent(place -> places.putIfAbsent(place, thread.getName())));
        return places.entrySet().stream()
                .limit(SHOWN)
                .map(one -> "thread " + one.getValue() + " is in " + one.getKey())
                .collect(Collectors.joining(", "));
    }

    @Override
    public synchronized void close() {
        over = true;
        next.close();
    }
}
