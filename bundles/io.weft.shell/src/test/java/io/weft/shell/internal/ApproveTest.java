package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.site.policy.Approvals;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApproveTest {

    @TempDir
    Path home;

    private final Recording recording = new Recording();
    private Approvals approvals;

    @BeforeEach
    void oneJobWaits() throws IOException {
        approvals = new Approvals(home, Clock.fixed(Instant.parse("2026-05-01T12:00:00Z"), ZoneOffset.UTC));
        asked();
    }

    @Test
    void listsWhatWaits() throws InterruptedException {
        assertEquals(0, approve());
        assertEquals("""
                job      submitter                                 since                 reason
                dolly-1  admin 'lead@example.org' of north (lead)  2026-05-01T12:00:00Z  approval is always
                """, recording.out());
    }

    @Test
    void showsTheJobFileAndDecidesNothing() throws InterruptedException, IOException {
        assertEquals(0, approve("dolly-1", "--show"));
        assertEquals("name: dolly\n", recording.out());
        assertEquals(Approvals.Decision.PENDING, asked());
    }

    @Test
    void approves() throws InterruptedException, IOException {
        assertEquals(0, approve("dolly-1"));
        assertEquals(
                "job 'dolly-1' of admin 'lead@example.org' of north (lead) is approved at this site\n",
                recording.out());
        assertEquals(Approvals.Decision.APPROVED, asked());
    }

    @Test
    void refuses() throws InterruptedException, IOException {
        assertEquals(0, approve("dolly-1", "--refuse"));
        assertEquals(Approvals.Decision.REFUSED, asked());
    }

    @Test
    void namesTheNearestJobThatWaits() throws InterruptedException {
        assertEquals(2, approve("doly-1"));
        assertEquals("weft: no job 'doly-1' waits here; did you mean 'dolly-1'? (waiting: dolly-1)\n", recording.err());
    }

    private Approvals.Decision asked() throws IOException {
        return approvals.decision(
                "dolly-1", "name: dolly\n", "admin 'lead@example.org' of north (lead)", "approval is always");
    }

    private int approve(String... words) throws InterruptedException {
        var command = new Approve(approvals);
        return Session.run(recording.screen(), () -> command.run(List.of(words), recording.screen()));
    }
}
