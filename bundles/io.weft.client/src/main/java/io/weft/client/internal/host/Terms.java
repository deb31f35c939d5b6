package io.weft.client.internal.host;

import java.util.Locale;
import java.util.Map;

/**
 * How a program is dealt with.
 *
 * @param perTask whether it is started for each task
 * @param restarts how often within a round it is started again
 * @param welcome what it is told besides what every program is
 */
record Terms(boolean perTask, int restarts, Map<String, Object> welcome) {

    /** Several signs of life fit into the time after which silence counts as hanging. */
    private static final int BEATS = 4;

    private static final double LONGEST_BEAT_SECONDS = 5;

    static Terms of(ProcessOptions options) {
        return new Terms(
                options.start() == ProcessOptions.Start.TASK,
                options.restarts(),
                Map.of(
                        "launched",
                        options.start() != ProcessOptions.Start.ATTACH,
                        "beatSeconds",
                        Math.min(LONGEST_BEAT_SECONDS, options.silentSeconds() / BEATS),
                        "params",
                        options.params().name().toLowerCase(Locale.ROOT)));
    }
}
