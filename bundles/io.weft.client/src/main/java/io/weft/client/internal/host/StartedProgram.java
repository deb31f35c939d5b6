package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A started process and all processes that it started, until it is closed. */
final class StartedProgram implements RunningProgram {

    private static final Logger LOG = LoggerFactory.getLogger(StartedProgram.class);

    /** A program that is told to stop gets as long to do so in good order. */
    private static final long GRACE_MILLIS = 3_000;

    /** Every process of the machine is looked at to find a program's own: not after each of many short tasks. */
    private static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Program program;
    private final Conversation conversation;
    private final ControlSocket control;
    private final Process process;
    private final Output output;
    private final CompletableFuture<Void> ending;
    private boolean closed;

    /** Guarded by this object. */
    private List<ProcessHandle> family = List.of();

    /** Guarded by this object. */
    private Optional<Long> remembered = Optional.empty();

    /**
     * Starts a program.
     *
     * @param welcome what it is told when it joins
     * @param reports takes what it says beside its answers; called from the control channel's thread
     */
    StartedProgram(
            Program program,
            JobContext job,
            Limits limits,
            Map<String, Object> welcome,
            Consumer<Map<String, Object>> reports)
            throws IOException {
        this.program = program;
        this.conversation = new Conversation(new Spoken(), job, limits);
        String name = "trainer-" + job.site().orElse("") + "-" + job.job();
        this.control =
                ControlSocket.open(name + "-control", new Listening(conversation, welcome, this::remember, reports));
        try {
            this.process = program.start(control.environment());
        } catch (IOException | RuntimeException e) {
            control.close();
            throw e;
        }
        this.output = new Output(name + "-output", process.getInputStream(), program.log(), job::output);
        this.ending = process.onExit().thenRun(conversation::ended);
    }

    /** This program, for messages. */
    private final class Spoken implements Conversation.Party {

        @Override
        public String name() {
            return "the trainer's program '" + program + "'";
        }

        @Override
        public void tell(Map<String, Object> message) throws IOException {
            control.tell(message);
        }

        @Override
        public String absent(String time) {
            return "has not called init for " + time
                    + ": it hangs, or does not use the Client API (trainer.startSeconds)";
        }

        @Override
        public boolean endIsTold() {
            return true;
        }

        @Override
        public String ending() {
            Exit exit = new Exit(process.exitValue());
            return exit.code() == 0
                    ? "ended, with exit code 0, without an answer; it must go on while weft.is_running()"
                    : exit.toString();
        }

        @Override
        public List<String> lastLines(boolean ended) throws InterruptedException {
            return output.lastLines(ended ? Conversation.LAST_WORDS_MILLIS : 1);
        }

        @Override
        public Optional<Path> log() {
            return Optional.of(program.log());
        }
    }

    /** Its descendants can only be found while it lives. */
    private void remember() {
        List<ProcessHandle> now = process.descendants().toList();
        synchronized (this) {
            if (!now.isEmpty()) {
                family = now;
            }
            remembered = Optional.of(System.nanoTime());
        }
    }

    private synchronized boolean isLongAgo() {
        return remembered
                .filter(last -> System.nanoTime() - last < REMEMBERED_NANOS)
                .isEmpty();
    }

    @Override
    public boolean usable() {
        return !closed && !conversation.isOver();
    }

    @Override
    public Map<String, Object> ask(Map<String, Object> task) throws ProgramFailed, IOException, InterruptedException {
        Map<String, Object> answer = conversation.ask(task);
        if (isLongAgo()) {
            remember();
        }
        return answer;
    }

    @Override
    public void end() {
        if (closed) {
            return;
        }
        try {
            remember();
            control.tell(Map.of("type", "end"));
            conversation.awaitEnd();
        } catch (IOException e) {
            LOG.debug("'{}' could not be told that the job is over", program, e);
        } finally {
            close();
        }
    }

    @Override
    public String again() {
        return "it is started again";
    }

    @Override
    public void drop() {
        close();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        remember();
        Set<ProcessHandle> all = new LinkedHashSet<>(Family.with(control.token()));
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
        interrupted |= !output.awaitEnd(Conversation.LAST_WORDS_MILLIS);
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
