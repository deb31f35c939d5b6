package io.weft.transport.mina;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.apache.mina.core.session.IoSession;

/**
 * Connections whose other end has not proved who it is. Each has one deadline, however slowly its bytes drip in; of too many the
 * oldest goes, so that a crowd that never speaks keeps nobody out who does.
 */
final class Strangers {

    private final Limits limits;
    private final ScheduledExecutorService clock;
    private final BiConsumer<IoSession, String> end;
    private final Map<IoSession, Future<?>> deadlines = new LinkedHashMap<>();

    /** @param end ends a connection for a reason */
    Strangers(Limits limits, ScheduledExecutorService clock, BiConsumer<IoSession, String> end) {
        this.limits = limits;
        this.clock = clock;
        this.end = end;
    }

    void add(IoSession session) {
        Optional<IoSession> oldest = Optional.empty();
        synchronized (this) {
            if (deadlines.size() >= limits.strangers()) {
                oldest = Optional.of(deadlines.keySet().iterator().next());
                remove(oldest.get());
            }
            deadlines.put(
                    session,
                    clock.schedule(() -> late(session), limits.greeting().toMillis(), TimeUnit.MILLISECONDS));
        }
        oldest.ifPresent(one -> end.accept(
                one, "more than " + limits.strangers() + " connections at once have not shown a certificate"));
    }

    synchronized void remove(IoSession session) {
        Optional.ofNullable(deadlines.remove(session)).ifPresent(deadline -> deadline.cancel(false));
    }

    private void late(IoSession session) {
        boolean waits;
        synchronized (this) {
            waits = deadlines.remove(session) != null;
        }
        if (waits) {
            end.accept(
                    session,
                    "it has not shown a certificate and greeted within "
                            + limits.greeting().toSeconds() + " s");
        }
    }
}
