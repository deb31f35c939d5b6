package io.weft.server.internal;

import io.weft.exchange.Cancellation;
import io.weft.plugins.JobWatch;
import io.weft.plugins.Lease;
import io.weft.plugins.Plugins;
import io.weft.server.JobEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;

/** Watches the plugins that the server itself holds. */
record Recorded(
        int round, EventLog events, Journal journal, Standing standing, HeldJars jars, Cancellation cancellation)
        implements JobWatch {

    @Override
    public void leased(String kind, String name, Lease<?> lease) {
        try {
            events.lease(round, Optional.empty(), kind, name, lease.bundle(), lease.version(), lease.sha256());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        jars.changed(round, kind, name, lease).ifPresent(this::noted);
    }

    @Override
    public void waiting(String reason) {
        try {
            standing.waits(reason);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void resumed() {
        try {
            standing.goesOn();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Plugins.Registration onCancelled(Runnable listener) {
        return cancellation.onCancel(listener)::close;
    }

    @Override
    public void reported(int number, String metric, double value) {
        try {
            events.tell(LogEntry.Reported.EVENT, new LogEntry.Reported(number, metric, value).describe());
            journal.reported(number, metric, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void noted(String message) {
        journal.tell(new JobEvent.Noted(Optional.empty(), message));
    }

    @Override
    public void progressed(int number, String activity, long done, long total, Map<String, Double> values) {}

    @Override
    public void checkCancelled() {
        cancellation.check();
    }
}
