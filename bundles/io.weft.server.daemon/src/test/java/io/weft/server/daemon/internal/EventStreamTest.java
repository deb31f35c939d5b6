package io.weft.server.daemon.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.exchange.Cancellation;
import io.weft.server.JobEvent;
import io.weft.server.JobEventText;
import io.weft.server.JobState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventStreamTest {

    private final EventStream stream = new EventStream(1000, () -> {});
    private final Cancellation patient = new Cancellation();

    private static JobEvent step(String site, long done) {
        return new JobEvent.SiteStep(1, site, "train", done, 10, new TreeMap<>());
    }

    private static List<JobEvent> events(EventStream.Part part) throws IOException {
        List<JobEvent> events = new ArrayList<>();
        for (String line : part.events()) {
            events.add(JobEventText.parse(line));
        }
        return events;
    }

    @Test
    void aWatcherGetsWhatCameAfterTheLastThatItKnows() throws Exception {
        stream.add(new JobEvent.RoundStarted(1));
        EventStream.Part first = stream.after(0, patient);
        stream.add(new JobEvent.RoundStarted(2));

        assertEquals(List.of(new JobEvent.RoundStarted(1)), events(first));
        assertEquals(List.of(new JobEvent.RoundStarted(2)), events(stream.after(first.last(), patient)));
    }

    @Test
    void whoWatchedAFormerProcessGetsTheWholeTape() throws Exception {
        stream.add(new JobEvent.RoundStarted(1));

        assertEquals(List.of(new JobEvent.RoundStarted(1)), events(stream.after(999, patient)));
    }

    @Test
    void oneToWhomNothingCanBeToldYetIsAnsweredAllTheSame() throws Exception {
        EventStream.Part part = stream.after(999, patient);

        assertEquals(List.of(), part.events());
        assertFalse(part.over());
        stream.add(new JobEvent.RoundStarted(1));
        assertEquals(List.of(new JobEvent.RoundStarted(1)), events(stream.after(part.last(), patient)));
    }

    @Test
    void ofASitesProgressOnlyTheLastIsKept() throws Exception {
        stream.add(step("north", 1));
        stream.add(step("south", 1));
        stream.add(step("north", 2));

        assertEquals(List.of(step("south", 1), step("north", 2)), events(stream.after(0, patient)));
    }

    @Test
    void ofTheReasonsForAStateOnlyTheLastIsKept() throws Exception {
        JobEvent held = new JobEvent.StateChanged(JobState.SUBMITTED, Optional.of("waits for its turn"));
        JobEvent runs = new JobEvent.StateChanged(JobState.RUNNING, Optional.empty());
        stream.add(new JobEvent.StateChanged(JobState.SUBMITTED, Optional.of("waits for site a to connect")));
        EventStream.Part known = stream.after(0, patient);
        stream.add(held);
        stream.add(runs);

        assertEquals(List.of(held, runs), events(stream.after(0, patient)));
        assertEquals(List.of(held, runs), events(stream.after(known.last(), patient)));
    }

    @Test
    void aNumberBelowZeroIsAnsweredAtOnce() throws Exception {
        EventStream.Part part = stream.after(-1, patient);

        assertEquals(List.of(), part.events());
        assertFalse(part.over());
    }

    @Test
    void whoDoesNotWaitGetsWhatHasCome() throws Exception {
        assertEquals(List.of(), stream.soFar(1000).events());
        stream.add(new JobEvent.RoundStarted(1));

        EventStream.Part part = stream.soFar(1000);
        assertEquals(List.of(new JobEvent.RoundStarted(1)), events(part));
        assertEquals(List.of(), stream.soFar(part.last()).events());
    }

    @Test
    void everyChangeIsTold() {
        AtomicInteger told = new AtomicInteger();
        EventStream other = new EventStream(1000, told::incrementAndGet);

        other.add(new JobEvent.RoundStarted(1));
        assertEquals(1, told.get());
        other.wake();
        assertEquals(2, told.get());
        other.end();
        assertEquals(3, told.get());
    }

    @Test
    void theEndIsToldToWhoWaits() throws Exception {
        CompletableFuture<EventStream.Part> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return stream.after(1000, patient);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        stream.end();

        assertTrue(waiting.get().over());
    }

    @Test
    void aWatcherThatGoesWaitsNoMore() {
        patient.cancel();

        assertThrows(CancellationException.class, () -> stream.after(0, patient));
    }
}
