package io.weft.site;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.exchange.Cancellation;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class WatchdogTest {

    private final Cancellation cancellation = new Cancellation();
    private final LinkedBlockingQueue<String> told = new LinkedBlockingQueue<>();

    @Test
    void tellsWhoHangsInWhichThreadAndWhere() throws InterruptedException {
        try (Watchdog watchdog = watching(Duration.ofMillis(1))) {
            cancellation.cancel();
            assertEquals(
                    "trainer 'slow' does not stop, and is left to itself: thread "
                            + Thread.currentThread().getName() + " is in " + WatchdogTest.class.getName()
                            + ".tellsWhoHangsInWhichThreadAndWhere",
                    told.take());
        }
    }

    @Test
    void whoStopsInTimeIsNotTold() {
        try (Watchdog watchdog = watching(Duration.ofDays(1))) {
            cancellation.cancel();
        }
        assertNull(told.poll());
    }

    @Test
    void whoEndedBeforeItWasCancelledIsNotWatched() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        watching(Duration.ZERO).close();
        cancellation.cancel();
        assertTrue(Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .noneMatch(thread -> thread.getName().endsWith("-watchdog")));
        assertNull(told.poll());
    }

    private Watchdog watching(Duration patience) {
        return new Watchdog("trainer 'slow'", cancellation, patience, told::add);
    }
}
