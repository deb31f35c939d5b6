package io.weft.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class SummaryWriterTest {

    @Test
    void aHistogramCountsWhatIsFinite() {
        double[] values = DoubleStream.concat(
                        DoubleStream.iterate(0, value -> value + 1).limit(65),
                        DoubleStream.of(Double.NaN, Double.POSITIVE_INFINITY))
                .toArray();

        Map<String, Object> histogram = SummaryWriter.histogram(values);

        assertEquals(65, histogram.get("count"));
        assertEquals(List.of(0.0, 64.0), List.of(histogram.get("min"), histogram.get("max")));
        assertEquals(List.of(2080.0, 89440.0), List.of(histogram.get("sum"), histogram.get("squares")));
        List<?> counts = (List<?>) histogram.get("counts");
        assertEquals(Collections.nCopies(63, 1L), counts.subList(0, 63));
        assertEquals(2L, counts.get(63), "the largest number is in the last bucket");
        List<?> limits = (List<?>) histogram.get("limits");
        assertEquals(List.of(1.0, 64.0), List.of(limits.get(0), limits.get(63)));
    }

    @Test
    void numbersThatAreAllAlikeHaveABucketToo() {
        Map<String, Object> histogram = SummaryWriter.histogram(new double[] {3, 3});

        assertEquals(2L, ((List<?>) histogram.get("counts")).get(32));
        assertTrue((double) ((List<?>) histogram.get("limits")).get(63) > 3);
    }

    @Test
    void noNumbersMakeAnEmptyHistogram() {
        assertEquals(0, SummaryWriter.histogram(new double[0]).get("count"));
    }
}
