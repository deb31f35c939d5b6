package io.weft.server.internal;

import io.weft.exchange.Cancellation;
import io.weft.plugins.JobWatch;
import io.weft.plugins.Lease;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Watches plugins that receive values and have none to report. */
record LeasesRecorded(int round, EventLog events, Consumer<String> note, Cancellation cancellation)
        implements JobWatch {

    @Override
    public void leased(String kind, String name, Lease<?> lease) {
        try {
            events.lease(round, Optional.empty(), kind, name, lease.bundle(), lease.version(), lease.sha256());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void reported(int number, String metric, double value) {}

    @Override
    public void noted(String message) {
        note.accept(message);
    }

    @Override
    public void progressed(int number, String activity, long done, long total, Map<String, Double> values) {}

    @Override
    public void checkCancelled() {
        cancellation.check();
    }
}
