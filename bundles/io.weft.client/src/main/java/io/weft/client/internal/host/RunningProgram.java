package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A started program and all processes that it started, until it is closed. */
final class RunningProgram implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RunningProgram.class);

    /** A program that is told to stop gets as long to do so in good order; one that ended, as long for its last words. */
    private static final long GRACE_MILLIS = 3_000;

    private static final long LAST_WORDS_MILLIS = 5_000;

    private final Program program;
    private final JobContext job;
    private final ProcessOptions options;
    private final Consumer<Map<String, Object>> reports;
    private final ControlSocket control;
    private final Process process;
    private final Output output;
    private final CompletableFuture<Void> ending;
    private final long started = System.nanoTime();

    // What happened so far, guarded by this object.
    private boolean joined;
    private boolean left;
    private Optional<Long> exited = Optional.empty();
    private Optional<Map<String, Object>> answer = Optional.empty();
    private long heard = started;
    private List<ProcessHandle> family = List.of();

    /**
     * Starts a program.
     *
     * @param welcome what it is told when it joins
     * @param reports takes what it says beside its answers; called from the control channel's thread
     */
    RunningProgram(
            Program program,
            JobContext job,
            ProcessOptions options,
            Map<String, Object> welcome,
            Consumer<Map<String, Object>> reports)
            throws IOException {
        this.program = program;
        this.job = job;
        this.options = options;
        this.reports = reports;
        String name = "trainer-" + job.site().orElse("") + "-" + job.job();
        this.control = new ControlSocket(name + "-control", new Conversation(welcome));
        try {
            this.process = program.start(control.environment());
        } catch (IOException | RuntimeException e) {
            control.close();
            throw e;
        }
        this.output = new Output(name + "-output", process.getInputStream(), program.log());
        this.ending = process.onExit().thenRun(this::exited);
    }

    /** What is said on the control channel. */
    private final class Conversation implements ControlSocket.Listener {

        private final Map<String, Object> welcome;

        Conversation(Map<String, Object> welcome) {
            this.welcome = welcome;
        }

        @Override
        public Map<String, Object> welcome() {
            return welcome;
        }

        @Override
        public void connected() {
            synchronized (RunningProgram.this) {
                joined = true;
                left = false;
                alive();
            }
        }

        @Override
        public void disconnected() {
            synchronized (RunningProgram.this) {
                left = true;
                alive();
            }
        }

        @Override
        public void said(Map<String, Object> message) throws IOException {
            String type = String.valueOf(message.get("type"));
            synchronized (RunningProgram.this) {
                alive();
                if (type.equals("result")) {
                    answer = Optional.of(message);
                    return;
                }
            }
            if (type.equals("beat")) {
                remember();
            } else {
                reports.accept(message);
            }
        }

        /** Guarded by the program. */
        private void alive() {
            heard = System.nanoTime();
            RunningProgram.this.notifyAll();
        }
    }

    private synchronized void exited() {
        exited = Optional.of(System.nanoTime());
        notifyAll();
    }

    private synchronized void wake() {
        notifyAll();
    }

    /** Its descendants can only be found while it lives. */
    private void remember() {
        List<ProcessHandle> now = process.descendants().toList();
        synchronized (this) {
            if (!now.isEmpty()) {
                family = now;
            }
        }
    }

    /** Whether it can be given another task. */
    synchronized boolean usable() {
        return exited.isEmpty() && !left;
    }

    /**
     * Gives it a task and waits for the answer.
     *
     * @throws ProgramFailed when there will be none
     * @throws CancellationException when the job was stopped
     */
    Map<String, Object> ask(Map<String, Object> task) throws ProgramFailed, IOException, InterruptedException {
        try (JobContext.Registration registration = job.onCancelled(this::wake)) {
            awaitJoined();
            synchronized (this) {
                answer = Optional.empty();
                heard = System.nanoTime();
            }
            control.tell(task);
            Map<String, Object> result = awaitAnswer();
            remember();
            return result;
        }
    }

    private synchronized void awaitJoined() throws ProgramFailed, InterruptedException {
        while (!joined) {
            job.checkCancelled();
            failWhenOver();
            long left = nanos(options.startSeconds()) - (System.nanoTime() - started);
            if (left <= 0) {
                throw failed("has not called init for " + seconds(options.startSeconds())
                        + ": it hangs, or does not use the Client API (trainer.startSeconds)");
            }
            pause(left);
        }
    }

    private synchronized Map<String, Object> awaitAnswer() throws ProgramFailed, InterruptedException {
        long asked = System.nanoTime();
        while (answer.isEmpty()) {
            job.checkCancelled();
            failWhenOver();
            long now = System.nanoTime();
            long silent = nanos(options.silentSeconds()) - (now - heard);
            if (silent <= 0) {
                throw failed("hangs: it has given no sign of life for " + seconds(options.silentSeconds())
                        + " (trainer.silentSeconds)");
            }
            long limit = silent;
            if (options.taskSeconds() > 0) {
                long left = nanos(options.taskSeconds()) - (now - asked);
                if (left <= 0) {
                    throw failed("has not answered for " + seconds(options.taskSeconds())
                            + ", as long as a task may take (trainer.taskSeconds)");
                }
                limit = Math.min(limit, left);
            }
            pause(limit);
        }
        return answer.get();
    }

    /** Guarded by this object. What it said before it ended still counts, so a moment is left to hear it. */
    private void failWhenOver() throws ProgramFailed, InterruptedException {
        long grace = TimeUnit.MILLISECONDS.toNanos(LAST_WORDS_MILLIS);
        if (exited.isPresent()) {
            while (joined && !left && answer.isEmpty() && System.nanoTime() - exited.get() < grace) {
                pause(grace);
            }
            if (answer.isEmpty()) {
                Exit exit = new Exit(process.exitValue());
                throw failed(
                        exit.code() == 0
                                ? "ended, with exit code 0, without an answer; it must go on while weft.is_running()"
                                : exit.toString());
            }
        } else if (left) {
            long since = System.nanoTime();
            while (exited.isEmpty() && answer.isEmpty() && System.nanoTime() - since < grace) {
                pause(grace);
            }
            if (exited.isEmpty() && answer.isEmpty()) {
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
        List<String> last = exited.isPresent() ? output.lastLines(LAST_WORDS_MILLIS) : output.lastLines(1);
        return new ProgramFailed("the trainer's program '" + program + "' " + how
                + (last.isEmpty()
                        ? "; it wrote nothing"
                        : "; its last lines: " + String.join(" | ", last) + "; all of them are in " + program.log()));
    }

    private static long nanos(double seconds) {
        return (long) (seconds * 1e9);
    }

    private static String seconds(double seconds) {
        return (seconds == Math.rint(seconds) ? Long.toString((long) seconds) : Double.toString(seconds)) + " s";
    }

    /** Tells it that the job is over and lets it finish, for as long as it may; then stops what is left of it. */
    void end() {
        try {
            remember();
            control.tell(Map.of("type", "end"));
            awaitExit((long) (options.stopSeconds() * 1_000));
        } catch (IOException e) {
            LOG.debug("'{}' could not be told that the job is over", program, e);
        } finally {
            close();
        }
    }

    private void awaitExit(long millis) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        try (JobContext.Registration registration = job.onCancelled(this::wake)) {
            synchronized (this) {
                while (exited.isEmpty() && System.nanoTime() < until) {
                    job.checkCancelled();
                    pause(until - System.nanoTime());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (CancellationException e) {
            LOG.debug("'{}' gets no more time: the job was stopped", program);
        }
    }

    /** Stops it and all that it started. */
    @Override
    public void close() {
        remember();
        List<ProcessHandle> all = new ArrayList<>();
        synchronized (this) {
            all.addAll(family);
        }
        all.add(process.toHandle());
        all.forEach(ProcessHandle::destroy);
        boolean interrupted = Thread.interrupted();
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GRACE_MILLIS);
        for (ProcessHandle one : all) {
            interrupted |= !ended(one, until);
        }
        all.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
        ending.cancel(false);
        interrupted |= !output.awaitEnd(LAST_WORDS_MILLIS);
        try {
            control.close();
        } catch (IOException e) {
            LOG.warn("the control channel of '{}' could not be removed", program, e);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for a process to end; false when the wait was interrupted. */
    private static boolean ended(ProcessHandle process, long until) {
        try {
            process.onExit().get(Math.max(1, until - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            return false;
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("process {} takes its time to end", process.pid());
        }
        return true;
    }
}
