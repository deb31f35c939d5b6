package io.weft.plugins.internal;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StillnessTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final long SPAN = Stillness.SPAN.toNanos();

    private final Stillness stillness = new Stillness();

    @Test
    void aFileWrittenLongAgoIsStillAtTheFirstLook() {
        assertTrue(stillness.isStill(glimpse(1, Duration.ofHours(1)), 0, NOW));
        assertTrue(stillness.allStill());
    }

    @Test
    void aFileWrittenJustNowIsStillWhenItLooksTheSameLater() {
        assertFalse(stillness.isStill(glimpse(1, Duration.ZERO), 0, NOW));
        assertFalse(stillness.allStill());
        assertFalse(stillness.isStill(glimpse(1, Duration.ZERO), SPAN - 1, NOW));
        assertTrue(stillness.isStill(glimpse(1, Duration.ZERO), SPAN, NOW));
        assertTrue(stillness.allStill());
    }

    @Test
    void everyChangeStartsTheWaitAnew() {
        assertFalse(stillness.isStill(glimpse(1, Duration.ZERO), 0, NOW));
        assertFalse(stillness.isStill(glimpse(2, Duration.ZERO), SPAN, NOW));
        assertFalse(stillness.isStill(glimpse(2, Duration.ZERO), 2 * SPAN - 1, NOW));
        assertTrue(stillness.isStill(glimpse(2, Duration.ZERO), 2 * SPAN, NOW));
    }

    @Test
    void aFileFromTheFutureIsStillAfterTheSameWait() {
        assertFalse(stillness.isStill(glimpse(1, Duration.ofDays(-1)), 0, NOW));
        assertTrue(stillness.isStill(glimpse(1, Duration.ofDays(-1)), SPAN, NOW));
    }

    @Test
    void aFileThatIsGoneIsNotWaitedFor() {
        assertFalse(stillness.isStill(glimpse(1, Duration.ZERO), 0, NOW));
        stillness.retain(Set.of());
        assertTrue(stillness.allStill());
    }

    private static Glimpse glimpse(long size, Duration age) {
        return new Glimpse(
                Path.of("a.jar"),
                Origin.HOME,
                Glimpse.Kind.FILE,
                size,
                FileTime.from(NOW.minus(age)),
                Optional.empty());
    }
}
