package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.server.internal.Gathering.Standing;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GatheringTest {

    private final IOException gone = new IOException("gone");

    private final Gathering<String> two = new Gathering<>(List.of("a", "b", "c"), 2);

    private void failed(Gathering<String> gathering, String site) {
        gathering.failed(site, gone, () -> {});
    }

    @Test
    void waitsForEverySiteThoughFewerAreEnough() {
        two.answered("a", "x");
        two.answered("b", "y");
        assertEquals(Standing.OPEN, two.standing());
        two.answered("c", "z");
        assertEquals(Standing.ENOUGH, two.standing());
    }

    @Test
    void hasEnoughWhenTheOthersHaveFailed() {
        failed(two, "a");
        two.answered("b", "y");
        two.answered("c", "z");
        assertEquals(Standing.ENOUGH, two.standing());
        assertEquals(Map.of("b", "y", "c", "z"), two.answers());
        assertEquals(Map.of("a", gone), two.failures());
    }

    @Test
    void isHopelessAsSoonAsTooFewAreLeft() {
        two.answered("a", "x");
        failed(two, "b");
        assertEquals(Standing.OPEN, two.standing());
        failed(two, "c");
        assertEquals(Standing.HOPELESS, two.standing());
    }

    @Test
    void endsAtTheDeadlineWithThoseThatAreThere() {
        two.answered("a", "x");
        two.answered("b", "y");
        two.deadline();
        assertEquals(Standing.ENOUGH, two.standing());
        assertEquals(Set.of("c"), two.close());
    }

    @Test
    void waitsPastTheDeadlineUntilThereAreEnough() {
        two.answered("a", "x");
        two.deadline();
        assertEquals(Standing.OVERDUE, two.standing());
        assertEquals(List.of("b", "c"), two.missing());
        two.answered("c", "z");
        assertEquals(Standing.ENOUGH, two.standing());
    }

    @Test
    void isHopelessPastTheDeadlineToo() {
        two.deadline();
        failed(two, "a");
        failed(two, "b");
        assertEquals(Standing.HOPELESS, two.standing());
    }

    @Test
    void doesNotWaitForASiteThatIsBusyStillWhenAllOthersAreThrough() {
        two.queued("c");
        two.answered("a", "x");
        assertEquals(Standing.OPEN, two.standing());
        two.answered("b", "y");
        assertEquals(Standing.ENOUGH, two.standing());
        two.close();
        two.begun("c");
        assertEquals(Set.of("c"), two.stillBusy());
    }

    @Test
    void waitsForABusySiteThatIsNeeded() {
        two.queued("c");
        two.answered("a", "x");
        failed(two, "b");
        assertEquals(Standing.OPEN, two.standing());
        two.begun("c");
        two.answered("c", "z");
        assertEquals(Standing.ENOUGH, two.standing());
    }

    @Test
    void takesNothingAfterItWasClosed() throws IOException {
        two.answered("a", "x");
        two.answered("b", "y");
        two.close();
        assertFalse(two.answered("c", "z"));
        two.failed("c", gone, () -> {
            throw new IOException("a failure that nobody waits for was recorded");
        });
        two.check();
        assertEquals(Map.of("a", "x", "b", "y"), two.answers());
        assertTrue(two.failures().isEmpty());
    }

    @Test
    void blamesNoSiteForWhatCannotBeRecorded() {
        two.failed("c", gone, () -> {
            throw new IOException("no space left on device");
        });
        assertEquals(
                "no space left on device",
                assertThrows(IOException.class, two::check).getMessage());
    }

    @Test
    void blamesNoSiteForADiskThatIsFull() {
        IOException full = FileProblem.writing(Path.of("model"), 7, new IOException("No space left on device"));
        two.failed("c", full, () -> {
            throw new IOException("it was put on record as the site's failure");
        });
        assertSame(full, assertThrows(IOException.class, two::check));
        assertTrue(two.failures().isEmpty());
    }

    @Test
    void goesOnWithoutAnyAnswerWhenNoneIsNeeded() {
        Gathering<String> optional = new Gathering<>(List.of("a"), 0);
        assertEquals(Standing.OPEN, optional.standing());
        failed(optional, "a");
        assertEquals(Standing.ENOUGH, optional.standing());
    }
}
