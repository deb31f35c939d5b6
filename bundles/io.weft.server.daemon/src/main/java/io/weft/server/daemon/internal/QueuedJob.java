package io.weft.server.daemon.internal;

import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.job.Job;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import io.weft.server.StoredJob;
import io.weft.tensor.MissingRoom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** A job that this server has: on disk, and where it stands now. */
final class QueuedJob {

    private static final long MOST_EVENTS_A_MILLISECOND = 1000;

    private final Path folder;
    private final Job job;
    private final EventStream stream;
    private final JobLog log;
    private final Cancellation cancellation = new Cancellation();
    private Submission submission;
    private JobState state;
    private String reason = "";
    private int round;
    private boolean running;
    private List<String> sites = List.of();
    private Optional<MissingRoom> missing = Optional.empty();

    /**
     * A job as it lies in its folder.
     *
     * @param changed is run whenever the job is not as it was
     */
    QueuedJob(Path folder, Submission submission, Job job, Clock clock, Runnable changed) {
        this.folder = folder;
        this.log = new JobLog(folder, clock);
        this.stream = new EventStream(clock.millis() * MOST_EVENTS_A_MILLISECOND, changed);
        this.submission = submission;
        this.job = job;
        this.state = submission
                .end()
                .map(Submission.End::state)
                .orElse(StoredJob.isIn(folder) ? JobState.WAITING : JobState.SUBMITTED);
        this.round = finishedRounds(folder, job.workflow().rounds());
        this.reason = submission.end().flatMap(Submission.End::reason).orElse("");
        if (submission.end().isPresent()) {
            stream.end();
        }
    }

    /** How many rounds a job has behind it, as its folder shows: their metrics are written when they are over. */
    private static int finishedRounds(Path folder, int rounds) {
        int finished = 0;
        while (finished < rounds
                && Files.exists(folder.resolve("rounds")
                        .resolve(Integer.toString(finished + 1))
                        .resolve("metrics.json"))) {
            finished++;
        }
        return finished;
    }

    String id() {
        return submission.job();
    }

    Path folder() {
        return folder;
    }

    Job job() {
        return job;
    }

    EventStream stream() {
        return stream;
    }

    JobLog log() {
        return log;
    }

    Cancellation cancellation() {
        return cancellation;
    }

    synchronized Submission submission() {
        return submission;
    }

    synchronized boolean isRunning() {
        return running;
    }

    synchronized boolean hasEnded() {
        return submission.end().isPresent();
    }

    /** It has a thread of its own now. */
    void begins(List<String> with) {
        synchronized (this) {
            running = true;
        }
        stands("the sites get ready", with);
    }

    /** It has no thread any more. */
    synchronized void rests() {
        running = false;
    }

    /** What holds it up while it does not run. */
    void held(String why, List<String> of) {
        stands(why, of);
    }

    /** In the state in which it is; told when that is news. */
    private void stands(String why, List<String> of) {
        JobEvent.StateChanged now;
        synchronized (this) {
            sites = List.copyOf(of);
            if (reason.equals(why)) {
                return;
            }
            now = new JobEvent.StateChanged(state, Optional.of(why));
        }
        happened(now);
    }

    /** It rests until there is room on a disk that is full. */
    void pauses(MissingRoom room, String why) {
        synchronized (this) {
            missing = Optional.of(room);
            if (state == JobState.WAITING && reason.equals(why)) {
                return;
            }
        }
        happened(new JobEvent.StateChanged(JobState.WAITING, Optional.of(why)));
    }

    /** Whether it waits for room, and there is none yet. */
    synchronized boolean lacksRoom() {
        missing = missing.filter(room -> !room.isThere());
        return missing.isPresent();
    }

    /** Something has happened in it. */
    void happened(JobEvent event) {
        synchronized (this) {
            if (event instanceof JobEvent.StateChanged change) {
                state = change.state();
                reason = change.reason().orElse("");
            } else if (event instanceof JobEvent.RoundFinished end) {
                round = end.round();
            } else if (event instanceof JobEvent.Resumed resumed) {
                round = resumed.round();
            } else if (event instanceof JobEvent.Started started) {
                sites = started.sites();
            }
        }
        log.happened(event);
        if (event instanceof JobEvent.Resumed resumed) {
            resumed.earlier().forEach(stream::add);
            stream.add(new JobEvent.Resumed(resumed.round(), resumed.tasks(), List.of()));
        } else {
            stream.add(event);
        }
    }

    /** Nothing will happen any more; that is on disk when this returns. */
    void ends(JobState how, Optional<String> why) throws IOException {
        synchronized (this) {
            submission = submission.ended(new Submission.End(how, why));
            submission.write(folder);
            if (state != how) {
                JobEvent change = new JobEvent.StateChanged(how, why);
                log.happened(change);
                stream.add(change);
            }
            state = how;
            reason = why.orElse("");
        }
        stream.end();
    }

    synchronized Message.Admin.JobLine line() {
        return new Message.Admin.JobLine(
                id(),
                job.name(),
                state.name(),
                reason,
                round,
                job.workflow().rounds(),
                submission.submitter().name(),
                submission.submitted(),
                sites);
    }
}
