package io.weft.aggregator.fedavg;

import io.weft.api.aggregation.Aggregator;
import io.weft.api.testing.AggregatorContract;

class FederatedAveragingContractTest implements AggregatorContract {

    @Override
    public Aggregator aggregator() {
        return new FederatedAveraging();
    }
}
