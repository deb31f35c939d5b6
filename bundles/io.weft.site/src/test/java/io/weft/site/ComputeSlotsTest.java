package io.weft.site;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.exchange.Cancellation;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One slot, and work that asks for it from within another's. */
@Timeout(300)
class ComputeSlotsTest {

    private static final Optional<Duration> TEN_SECONDS = Optional.of(Duration.ofSeconds(10));

    private final AtomicLong now = new AtomicLong();
    private final ComputeSlots slots = new ComputeSlots(1, now::get);
    private final Cancellation never = new Cancellation();
    private final List<String> computed = new ArrayList<>();

    private ComputeSlots.Work<Boolean> work(String name) {
        return () -> computed.add(name);
    }

    @Test
    void workThatWasCancelledKeepsNobodyFromComputing() throws Exception {
        Cancellation cancellation = new Cancellation();
        slots.compute(cancellation, Optional.empty(), () -> {
            cancellation.cancel();
            return other();
        });
        assertEquals(List.of("other"), computed);
    }

    @Test
    void workPastItsLimitKeepsNobodyFromComputing() throws Exception {
        slots.compute(never, TEN_SECONDS, () -> {
            now.addAndGet(Duration.ofSeconds(10).toNanos());
            return other();
        });
        assertEquals(List.of("other"), computed);
    }

    @Test
    void workWithinItsLimitKeepsItsSlot() throws Exception {
        Cancellation given = new Cancellation();
        given.cancel();
        slots.compute(never, TEN_SECONDS, () -> {
            now.addAndGet(Duration.ofSeconds(9).toNanos());
            assertThrows(CancellationException.class, () -> slots.compute(given, Optional.empty(), work("other")));
            return true;
        });
        assertEquals(List.of(), computed);
        slots.compute(never, Optional.empty(), work("next"));
        assertEquals(List.of("next"), computed);
    }

    @Test
    void aSlotThatWasLentIsGivenBackOnce() throws Exception {
        slots.compute(never, TEN_SECONDS, () -> {
            now.addAndGet(Duration.ofSeconds(10).toNanos());
            return other();
        });
        slots.compute(never, Optional.empty(), () -> {
            Cancellation given = new Cancellation();
            given.cancel();
            assertThrows(CancellationException.class, () -> slots.compute(given, Optional.empty(), work("third")));
            return true;
        });
        assertEquals(List.of("other"), computed);
    }

    private boolean other() throws IOException {
        try {
            return slots.compute(never, Optional.empty(), work("other"));
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
