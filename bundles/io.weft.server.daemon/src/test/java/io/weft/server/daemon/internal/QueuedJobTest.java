package io.weft.server.daemon.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.exchange.Message;
import io.weft.identity.Identity;
import io.weft.identity.Role;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.server.JobEvent;
import io.weft.server.JobEventText;
import io.weft.server.JobState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server that has been started anew says of the jobs that lie there. */
class QueuedJobTest {

    private static final Submission SUBMISSION = new Submission(
            "dolly-1",
            "token",
            "job.yaml",
            Optional.empty(),
            Identity.admin("lead@example.org", "north", Role.LEAD),
            "2026-01-31T10:15:00Z",
            Optional.empty());

    @TempDir
    Path folder;

    @Test
    void aJobThatHasNotBegunIsSubmitted() {
        Message.Admin.JobLine line = line(SUBMISSION);

        assertEquals("SUBMITTED", line.state());
        assertEquals(0, line.round());
    }

    @Test
    void oneThatHasBegunWaitsAndKeepsItsRounds() throws Exception {
        Files.createFile(folder.resolve("events.jsonl"));
        finish(1);
        finish(2);
        Files.createDirectories(folder.resolve("rounds").resolve("3"));

        Message.Admin.JobLine line = line(SUBMISSION);

        assertEquals("WAITING", line.state());
        assertEquals(2, line.round());
    }

    @Test
    void oneThatIsOverKeepsItsRounds() throws Exception {
        Files.createFile(folder.resolve("events.jsonl"));
        for (int round = 1; round <= 3; round++) {
            finish(round);
        }

        Message.Admin.JobLine line = line(SUBMISSION.ended(new Submission.End(JobState.FINISHED, Optional.empty())));

        assertEquals("FINISHED", line.state());
        assertEquals(3, line.round());
    }

    @Test
    void whatHoldsItUpIsToldOnceToWhoWatches() throws Exception {
        QueuedJob job = job(SUBMISSION);

        job.held("waits for site north to connect", List.of("north"));
        job.held("waits for site north to connect", List.of("north"));
        job.begins(List.of("north"));

        assertEquals("the sites get ready", job.line().reason());
        List<String> log = job.log().lines(Optional.empty(), 0, 10);
        assertEquals(2, log.size(), log.toString());
        assertTrue(log.get(0).endsWith("SUBMITTED: waits for site north to connect"), log.toString());
        List<String> events = job.stream().soFar(0).events();
        assertEquals(1, events.size(), events.toString());
        assertEquals(
                new JobEvent.StateChanged(JobState.SUBMITTED, Optional.of("the sites get ready")),
                JobEventText.parse(events.get(0)));
    }

    private void finish(int round) throws Exception {
        Path of = Files.createDirectories(folder.resolve("rounds").resolve(Integer.toString(round)));
        Files.createFile(of.resolve("metrics.json"));
    }

    private Message.Admin.JobLine line(Submission submission) {
        return job(submission).line();
    }

    private QueuedJob job(Submission submission) {
        Job job = JobFile.parse("""
                name: dolly
                workflow: {rounds: 3}
                model: {backend: hf, base: tiny}
                strategy: lora
                data: {train: dolly}
                train: {lr: 1.0e-3}
                """, "job.yaml");
        return new QueuedJob(folder, submission, job, Clock.systemUTC(), () -> {});
    }
}
