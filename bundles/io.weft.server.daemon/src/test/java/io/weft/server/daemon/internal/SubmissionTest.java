package io.weft.server.daemon.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.identity.Identity;
import io.weft.identity.Role;
import io.weft.server.JobState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubmissionTest {

    private static final Submission SUBMISSION = new Submission(
            "dolly-1",
            "token",
            "job.yaml",
            Optional.of(".first-model"),
            Identity.admin("lead@example.org", "north", Role.LEAD),
            "2026-01-31T10:15:00Z",
            Optional.empty());

    @TempDir
    Path folder;

    @Test
    void isReadAsItWasWritten() throws Exception {
        SUBMISSION.write(folder);

        assertEquals(SUBMISSION, Submission.read(folder));
    }

    @Test
    void saysHowTheJobEnded() throws Exception {
        Submission ended = SUBMISSION.ended(new Submission.End(JobState.FAILED, Optional.of("no space left")));
        ended.write(folder);

        assertEquals(ended, Submission.read(folder));
    }

    @Test
    void refusesWhatAnotherVersionWrote() throws Exception {
        Files.writeString(folder.resolve(Submission.FILE), "{\"version\": 99}");

        Refusal refusal = assertThrows(Refusal.class, () -> Submission.read(folder));

        assertTrue(refusal.getMessage().contains("version 99"), refusal.getMessage());
    }
}
