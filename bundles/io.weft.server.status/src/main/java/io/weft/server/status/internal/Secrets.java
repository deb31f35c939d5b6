package io.weft.server.status.internal;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Secrets that let somebody in until they expire: tokens, which count once, and sessions. Only their digests are kept.
 *
 * @param <W> who is let in
 */
final class Secrets<W> {

    private final Clock clock;
    private final Duration life;
    private final int most;
    private final Map<String, Admitted<W>> admitted = new LinkedHashMap<>();

    /** Who is let in, and until when. */
    private record Admitted<W>(W who, Instant until) {}

    /**
     * None yet.
     *
     * @param life how long each counts
     * @param most so many count at a time; one more ends the oldest
     */
    Secrets(Clock clock, Duration life, int most) {
        this.clock = clock;
        this.life = life;
        this.most = most;
    }

    /** A new one. */
    synchronized String issue(W who) {
        expire();
        if (admitted.size() == most) {
            Iterator<String> oldest = admitted.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
        Secret secret = Secret.fresh();
        admitted.put(secret.digest(), new Admitted<>(who, clock.instant().plus(life)));
        return secret.text();
    }

    /** Whose it is, if it counts still; it does not count again. */
    synchronized Optional<W> use(String text) {
        expire();
        return Optional.ofNullable(admitted.remove(Secret.of(text).digest())).map(Admitted::who);
    }

    /** Whose it is, if it counts. */
    synchronized Optional<W> look(String text) {
        expire();
        return Optional.ofNullable(admitted.get(Secret.of(text).digest())).map(Admitted::who);
    }

    private void expire() {
        Instant now = clock.instant();
        admitted.values().removeIf(one -> !now.isBefore(one.until()));
    }
}
