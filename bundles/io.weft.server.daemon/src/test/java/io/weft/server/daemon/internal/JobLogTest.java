package io.weft.server.daemon.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.training.Outcome;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobLogTest {

    private static final Outcome OUTCOME = new Outcome(
            3,
            6,
            90,
            new TreeMap<>(Map.of(
                    "train_loss",
                    5.63204304377238,
                    "tokens_per_second",
                    36065.217183047316,
                    "learning_rate",
                    2.0e-5,
                    "validation_tokens",
                    64.0)));

    @TempDir
    Path folder;

    private JobLog log;

    @BeforeEach
    void write() {
        log = new JobLog(folder, Clock.fixed(Instant.parse("2026-01-31T10:15:00Z"), ZoneOffset.UTC));
        log.happened(new JobEvent.RoundStarted(1));
        log.happened(new JobEvent.SiteDone(1, "north", "train", OUTCOME, 0.966093984));
        log.happened(new JobEvent.Transferred(1, "south", true, 1_000_000, 1_204_000, 75.4));
        log.happened(new JobEvent.RoundFinished(1, new TreeMap<>(), new TreeMap<>(), 0, 0, 12.345));
    }

    @Test
    void numbersAreForPeople() throws Exception {
        assertEquals(
                List.of(
                        "2026-01-31T10:15:00Z server: round 1 begins",
                        "2026-01-31T10:15:00Z north: round 1: train done in 0.97 s; learning rate 2.00e-05, tokens per"
                                + " second 36,065, train loss 5.6320, validation tokens 64",
                        "2026-01-31T10:15:00Z south: round 1: 1.2 MB sent in 1m15s",
                        "2026-01-31T10:15:00Z server: round 1 is finished after 12.3 s"),
                log.lines(Optional.empty(), 0, 10));
    }

    @Test
    void oneSitesLinesAlone() throws Exception {
        assertEquals(
                List.of("2026-01-31T10:15:00Z south: round 1: 1.2 MB sent in 1m15s"),
                log.lines(Optional.of("south"), 0, 10));
        assertEquals(List.of(), log.lines(Optional.of("south"), 1, 10));
    }

    @Test
    void itTellsOfTheSitesThatHaveLines() throws Exception {
        assertTrue(log.tellsOf("south"));
        assertFalse(log.tellsOf("sout"));
        assertFalse(new JobLog(folder.resolve("none"), Clock.systemUTC()).tellsOf("south"));
    }

    @Test
    void whyTheJobFailedConcernsEverySite() throws Exception {
        log.happened(new JobEvent.Noted(Optional.empty(), "site 'north' has other data"));
        log.happened(new JobEvent.StateChanged(JobState.FAILED, Optional.of("site 'north': the disk is full")));

        assertEquals(
                List.of("2026-01-31T10:15:00Z server: FAILED: site 'north': the disk is full"),
                log.lines(Optional.of("south"), 1, 10));
        assertEquals(3, log.lines(Optional.of("north"), 0, 10).size());
    }
}
