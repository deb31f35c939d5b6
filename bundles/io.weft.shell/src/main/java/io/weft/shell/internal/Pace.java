package io.weft.shell.internal;

import io.weft.server.JobEvent.SiteStep;
import java.util.HashMap;
import java.util.Map;

/** Lets a site's news through now and then, and always when a task is done whose length is known. */
final class Pace {

    private final double seconds;
    private final Map<String, Double> told = new HashMap<>();

    Pace(double seconds) {
        this.seconds = seconds;
    }

    boolean isDue(SiteStep advance, double now) {
        double last = told.getOrDefault(advance.site(), Double.NEGATIVE_INFINITY);
        boolean lastStep = advance.total() > 0 && advance.done() >= advance.total();
        if (!lastStep && now - last < seconds) {
            return false;
        }
        told.put(advance.site(), now);
        return true;
    }
}
