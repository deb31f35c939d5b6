package io.weft.site.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import io.weft.site.policy.Approvals.Decision;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApprovalsTest {

    private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");

    @TempDir
    Path home;

    private Approvals approvals;

    @BeforeEach
    void open() {
        approvals = new Approvals(home, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @Test
    void aJobWaitsUntilAPersonSaysYes() throws IOException {
        assertEquals(Decision.PENDING, asked("dolly-1", "name: dolly"));
        assertEquals(
                List.of(new PendingJob("dolly-1", "lead of north", "name: dolly", "approval is always", NOW)),
                approvals.pending());

        approvals.decide("dolly-1", true);

        assertEquals(Decision.APPROVED, asked("dolly-1", "name: dolly"));
        assertEquals(List.of(), approvals.pending());
    }

    @Test
    void whatWasSaidOutlivesTheProcess() throws IOException {
        asked("dolly-1", "name: dolly");
        approvals.decide("dolly-1", false);
        open();

        assertEquals(Decision.REFUSED, asked("dolly-1", "name: dolly"));
    }

    @Test
    void anotherFileUnderTheSameIdIsAskedForAnew() throws IOException {
        asked("dolly-1", "name: dolly");
        approvals.decide("dolly-1", true);

        assertEquals(Decision.PENDING, asked("dolly-1", "name: dolly\ntrainer: {command: [rm]}"));
    }

    @Test
    void whoWaitsIsToldOfADecision() throws Exception {
        asked("dolly-1", "name: dolly");
        var told = new ArrayList<String>();
        try (AutoCloseable listening = approvals.onDecision(() -> told.add("now"))) {
            assertEquals(List.of(), told, listening + " hears of what is to come");
            approvals.decide("dolly-1", true);
        }
        asked("dolly-2", "name: dolly");
        approvals.decide("dolly-2", true);

        assertEquals(List.of("now"), told);
    }

    @Test
    void onlyWhatWaitsIsDecided() throws IOException {
        asked("dolly-1", "name: dolly");

        assertEquals(
                "no job 'doly-1' waits here; did you mean 'dolly-1'? (waiting: dolly-1)",
                assertThrows(Refusal.class, () -> approvals.decide("doly-1", true))
                        .getMessage());
        approvals.decide("dolly-1", true);
        assertEquals(
                "no job 'dolly-1' waits here (waiting: none)",
                assertThrows(Refusal.class, () -> approvals.decide("dolly-1", false))
                        .getMessage());
    }

    @Test
    void anIdIsNoPath() {
        assertThrows(Refusal.class, () -> asked("../../conf/policy", "name: dolly"));
        assertThrows(Refusal.class, () -> approvals.decide("../../conf/policy", true));
    }

    private Decision asked(String id, String jobFile) throws IOException {
        return approvals.decision(id, jobFile, "lead of north", "approval is always");
    }
}
