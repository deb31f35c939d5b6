package io.weft.server.internal;

import io.weft.exchange.Cancellation;
import io.weft.plugins.JobWatch;
import io.weft.plugins.Lease;
import java.util.Map;

/** Watches plugins that are only looked at. */
record Unrecorded(Cancellation cancellation) implements JobWatch {

    @Override
    public void leased(String kind, String name, Lease<?> lease) {}

    @Override
    public void reported(int round, String metric, double value) {}

    @Override
    public void noted(String message) {}

    @Override
    public void progressed(int round, String activity, long done, long total, Map<String, Double> values) {}

    @Override
    public void checkCancelled() {
        cancellation.check();
    }
}
