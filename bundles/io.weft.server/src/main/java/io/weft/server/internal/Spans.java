package io.weft.server.internal;

import java.time.Duration;

/** Lengths of time as job files write them. */
final class Spans {

    private Spans() {}

    /** In the largest unit that needs no fraction: 30m, 90s, 500ms. */
    static String shown(Duration time) {
        long millis = time.toMillis();
        if (millis % Duration.ofHours(1).toMillis() == 0) {
            return time.toHours() + "h";
        }
        if (millis % Duration.ofMinutes(1).toMillis() == 0) {
            return time.toMinutes() + "m";
        }
        return millis % 1000 == 0 ? time.toSeconds() + "s" : millis + "ms";
    }
}
