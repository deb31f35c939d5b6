package io.weft.simulate;

import java.util.Collections;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a job is expected to take on this machine.
 *
 * @param sites by name
 * @param bytesUp wire bytes from all sites to the server in a round
 * @param bytesDown wire bytes from the server to all sites in a round
 * @param roundSeconds of a round: validation, training, transfer and aggregation
 * @param seconds from the start to the result
 * @param memory the most memory of the process in bytes, native libraries included; empty where the platform does not tell
 */
public record RunPlan(
        int rounds,
        SortedMap<String, SiteShare> sites,
        long bytesUp,
        long bytesDown,
        double roundSeconds,
        double seconds,
        OptionalLong memory) {

    public RunPlan {
        sites = Collections.unmodifiableSortedMap(new TreeMap<>(sites));
    }

    /**
     * A site's part of a round.
     *
     * @param records that it trains on, every epoch counted
     * @param validated records that it validates on
     * @param trainSeconds while it trains
     * @param validateSeconds while it validates
     */
    public record SiteShare(long records, long validated, double trainSeconds, double validateSeconds) {}
}
