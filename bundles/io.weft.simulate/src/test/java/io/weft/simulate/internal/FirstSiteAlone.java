package io.weft.simulate.internal;

import io.weft.api.aggregation.Aggregation;
import io.weft.api.aggregation.Aggregator;
import io.weft.api.plugin.JobContext;

/** Takes the first site's update for the next model. */
final class FirstSiteAlone implements Aggregator {

    @Override
    public Aggregation open(JobContext job) {
        return round ->
                round.elements((before, sites, weights, out, count) -> System.arraycopy(sites[0], 0, out, 0, count));
    }
}
