package io.weft.server.status.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.weft.identity.Identity;
import io.weft.identity.Role;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SecretsTest {

    private static final Identity LEAD = Identity.admin("lead@example.org", "north", Role.LEAD);

    private final SetClock clock = new SetClock();
    private final Secrets<Identity> secrets = new Secrets<>(clock, Duration.ofMinutes(10), 2);

    @Test
    void aTokenCountsOnce() {
        String token = secrets.issue(LEAD);

        assertEquals(Optional.of(LEAD), secrets.use(token));
        assertEquals(Optional.empty(), secrets.use(token));
    }

    @Test
    void aSessionCountsUntilItExpires() {
        String session = secrets.issue(LEAD);

        assertEquals(Optional.of(LEAD), secrets.look(session));
        clock.now = clock.now.plus(Duration.ofMinutes(10)).minusMillis(1);
        assertEquals(Optional.of(LEAD), secrets.look(session));
        clock.now = clock.now.plusMillis(1);
        assertEquals(Optional.empty(), secrets.look(session));
        assertEquals(Optional.empty(), secrets.use(session));
    }

    @Test
    void oneTooManyEndsTheOldest() {
        String oldest = secrets.issue(LEAD);
        String second = secrets.issue(LEAD);
        String third = secrets.issue(LEAD);

        assertEquals(Optional.empty(), secrets.look(oldest));
        assertEquals(Optional.of(LEAD), secrets.look(second));
        assertEquals(Optional.of(LEAD), secrets.look(third));
        assertNotEquals(second, third);
    }

    /** Stands still until it is set. */
    private static final class SetClock extends Clock {
        private Instant now = Instant.parse("2026-05-01T12:00:00Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}
