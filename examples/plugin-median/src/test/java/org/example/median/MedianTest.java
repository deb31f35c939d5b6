package org.example.median;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.weft.api.aggregation.Aggregator;
import io.weft.api.testing.AggregatorContract;
import io.weft.api.testing.TestRound;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class MedianTest implements AggregatorContract {

    private static final float[] BEFORE = {0, 0};

    @Override
    public Aggregator aggregator() {
        return new Median();
    }

    @Test
    void ofAnOddNumberOfSitesItIsTheOneInTheMiddle() throws IOException {
        float[] median = TestRound.aggregate(
                aggregator(), BEFORE, new float[] {1, 9}, new float[] {1000, -5}, new float[] {2, 8});

        assertArrayEquals(new float[] {2, 8}, median);
    }

    @Test
    void ofAnEvenNumberItLiesBetweenTheTwoInTheMiddle() throws IOException {
        float[] median = TestRound.aggregate(aggregator(), BEFORE, new float[] {1, 9}, new float[] {2, 5});

        assertArrayEquals(new float[] {1.5f, 7}, median);
    }
}
