package io.weft.server;

import java.util.Optional;

/**
 * What a job came to.
 *
 * @param rounds that were finished
 * @param best the selected round, for a job with {@code select}
 * @param bytesUp from sites to server, frames and headers included
 * @param bytesDown from server to sites
 */
public record JobSummary(
        String job, JobState state, int rounds, Optional<Best> best, long bytesUp, long bytesDown, double seconds) {

    /** The round whose model is the result, and the metric that chose it. */
    public record Best(int round, String metric, double value) {}
}
