package io.weft.server.internal;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What the sites of a job wait for that get ready for it, such as a person's approval: each person sees all of it. */
final class GettingReady {

    private final Map<String, String> waiting = new TreeMap<>();

    /**
     * A site waits, or waits no more.
     *
     * @param reason what for; empty text when it goes on
     * @return what all of them wait for; empty when none does
     */
    synchronized Optional<String> waits(String site, String reason) {
        if (reason.isEmpty()) {
            waiting.remove(site);
        } else {
            waiting.put(site, "site '" + site + "': " + reason);
        }
        return Optional.of(String.join("; ", waiting.values())).filter(all -> !all.isEmpty());
    }
}
