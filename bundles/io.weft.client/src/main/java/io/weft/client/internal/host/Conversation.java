package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;

/** What a site waits for from a program, and how it finds out that it waits in vain. */
final class Conversation {

    /** A program that ended or left gets as long for its last words to arrive. */
    static final long LAST_WORDS_MILLIS = 5_000;

    /** Whom the site talks to. The texts go on where the program's name ends. */
    interface Party {

        /** In a message, such as {@code the trainer's program 'train.py'}. */
        String name();

        void tell(Map<String, Object> message) throws IOException;

        /** That it has not joined in time. */
        String absent(String time);

        /** Whether its end is told here, too; else it is gone when it has left. */
        boolean endIsTold();

        /** How it ended; asked when it has. */
        String ending();

        /** What it wrote last. */
        List<String> lastLines(boolean ended) throws InterruptedException;

        /** Where all is that it wrote; empty when that is not known here. */
        Optional<Path> log();
    }

    private final Party party;
    private final JobContext job;
    private final Limits limits;

    // What happened so far, guarded by this object.
    private long waitingSince = System.nanoTime();
    private boolean joined;
    private boolean left;
    private boolean followed;
    private Optional<Long> ended = Optional.empty();
    private Optional<Map<String, Object>> answer = Optional.empty();
    private long heard;

    Conversation(Party party, JobContext job, Limits limits) {
        this.party = party;
        this.job = job;
        this.limits = limits;
    }

    /** It is there. One that comes in the place of another that left waits until that is known. */
    synchronized void joined() {
        followed = left;
        joined = true;
        heard();
    }

    /** It is there no more, and may go on without us. One that is not waited for any more may say so late. */
    synchronized void left() {
        left = joined;
        followed = false;
        heard();
    }

    /** It ended. */
    synchronized void ended() {
        ended = Optional.of(System.nanoTime());
        notifyAll();
    }

    /** It said something. */
    synchronized void heard() {
        heard = System.nanoTime();
        notifyAll();
    }

    synchronized void answered(Map<String, Object> message) {
        answer = Optional.of(message);
        heard();
    }

    /** Whether nobody is there any more. */
    synchronized boolean isOver() {
        return (left && !followed) || ended.isPresent();
    }

    /** Whether the one that was asked is still there. */
    synchronized boolean goesOn() {
        return joined && !left && ended.isEmpty();
    }

    /** Begins with another one; whether that is there already. */
    synchronized boolean startAnew() {
        joined = followed;
        left = false;
        followed = false;
        waitingSince = System.nanoTime();
        return joined;
    }

    private synchronized void wake() {
        notifyAll();
    }

    /** Gives a task and waits for the answer, see {@link RunningProgram#ask}. */
    Map<String, Object> ask(Map<String, Object> task) throws ProgramFailed, IOException, InterruptedException {
        try (JobContext.Registration registration = job.onCancelled(this::wake)) {
            tell(task);
            return awaitAnswer();
        }
    }

    /** Tells it to the program that is there, and to none that comes in its place meanwhile. */
    private synchronized void tell(Map<String, Object> task) throws ProgramFailed, IOException, InterruptedException {
        if (followed) {
            startAnew();
        }
        awaitJoined();
        answer = Optional.empty();
        failWhenOver();
        heard = System.nanoTime();
        party.tell(task);
    }

    /** Guarded by this object. */
    private void awaitJoined() throws ProgramFailed, InterruptedException {
        while (!joined) {
            job.checkCancelled();
            failWhenOver();
            long time = nanos(limits.start()) - (System.nanoTime() - waitingSince);
            if (time <= 0) {
                throw failed(party.absent(seconds(limits.start())));
            }
            pause(time);
        }
    }

    private synchronized Map<String, Object> awaitAnswer() throws ProgramFailed, InterruptedException {
        long asked = System.nanoTime();
        while (answer.isEmpty()) {
            job.checkCancelled();
            failWhenOver();
            long now = System.nanoTime();
            long limit = nanos(limits.silent()) - (now - heard);
            if (limit <= 0) {
                throw failed("hangs: it has given no sign of life for " + seconds(limits.silent())
                        + " (trainer.silentSeconds)");
            }
            if (limits.task() > 0) {
                long time = nanos(limits.task()) - (now - asked);
                if (time <= 0) {
                    throw failed("has not answered for " + seconds(limits.task())
                            + ", as long as a task may take (trainer.taskSeconds)");
                }
                limit = Math.min(limit, time);
            }
            pause(limit);
        }
        return answer.get();
    }

    /** Guarded by this object. What it said before it ended still counts, so a moment is left to hear it. */
    private void failWhenOver() throws ProgramFailed, InterruptedException {
        long grace = TimeUnit.MILLISECONDS.toNanos(LAST_WORDS_MILLIS);
        if (ended.isPresent()) {
            while (joined && !left && answer.isEmpty() && System.nanoTime() - ended.get() < grace) {
                pause(grace);
            }
            if (answer.isEmpty()) {
                throw failed(party.ending());
            }
        } else if (left) {
            long since = System.nanoTime();
            while (party.endIsTold() && ended.isEmpty() && answer.isEmpty() && System.nanoTime() - since < grace) {
                pause(grace);
            }
            if (ended.isEmpty() && answer.isEmpty()) {
                throw failed("left the job without an answer, and goes on by itself");
            }
            if (answer.isEmpty()) {
                failWhenOver();
            }
        }
    }

    /** Guarded by this object. */
    @SuppressWarnings("WaitNotInLoop") // every caller looks again at what it waits for
    private void pause(long nanos) throws InterruptedException {
        wait(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos) + 1));
    }

    private ProgramFailed failed(String how) throws InterruptedException {
        List<String> last = party.lastLines(ended.isPresent());
        return new ProgramFailed(party.name() + " " + how
                + party.log()
                        .map(log -> last.isEmpty()
                                ? "; it wrote nothing"
                                : "; its last lines: " + String.join(" | ", last) + "; all of them are in " + log)
                        .orElse(""));
    }

    private static long nanos(double seconds) {
        return (long) (seconds * 1e9);
    }

    private static String seconds(double seconds) {
        return (seconds == Math.rint(seconds) ? Long.toString((long) seconds) : Double.toString(seconds)) + " s";
    }

    /** Waits until it has ended, for as long as it may go on when the job is over. */
    void awaitEnd() {
        long until = System.nanoTime() + nanos(limits.stop());
        try (JobContext.Registration registration = job.onCancelled(this::wake)) {
            synchronized (this) {
                while (ended.isEmpty() && System.nanoTime() < until) {
                    job.checkCancelled();
                    pause(until - System.nanoTime());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (CancellationException e) {
            // The job was stopped: it gets no more time.
        }
    }
}
