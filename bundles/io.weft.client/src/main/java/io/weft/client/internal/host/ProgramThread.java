package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import io.weft.client.NotConnected;
import io.weft.client.TrainingProgram;
import io.weft.client.internal.session.Channel;
import io.weft.client.internal.session.Sessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A program in a thread of the site's own process. */
final class ProgramThread implements RunningProgram {

    private static final Logger LOG = LoggerFactory.getLogger(ProgramThread.class);

    /** A program that was interrupted gets as long to end. */
    private static final long GRACE_MILLIS = 3_000;

    private final String name;
    private final Path log;
    private final WrittenLines lines;
    private final Conversation conversation;
    private final BlockingQueue<Optional<Map<String, Object>>> told = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile Optional<Throwable> failure = Optional.empty();
    private volatile boolean closed;

    /**
     * Starts a program.
     *
     * @param name for messages
     * @param log where all is that it prints
     */
    ProgramThread(
            String name,
            TrainingProgram program,
            List<String> arguments,
            Path log,
            JobContext job,
            Limits limits,
            Map<String, Object> welcome,
            Consumer<Map<String, Object>> reports)
            throws IOException {
        this.name = name;
        this.log = log;
        Files.createDirectories(log.getParent());
        this.lines = new WrittenLines(log, job::output);
        this.conversation = new Conversation(new Spoken(), job, limits);
        Inside channel = new Inside(welcome, new Listening(conversation, welcome, () -> {}, reports));
        conversation.joined();
        this.thread = new Thread(
                () -> run(program, arguments, channel), "trainer-" + job.site().orElse("") + "-" + job.job());
        thread.setDaemon(true);
        thread.setContextClassLoader(program.getClass().getClassLoader());
        thread.start();
    }

    private void run(TrainingProgram program, List<String> arguments, Channel channel) {
        try (ThreadOutput output = ThreadOutput.take(lines)) {
            Sessions.within(channel, () -> program.run(arguments));
        } catch (Exception | LinkageError | AssertionError | StackOverflowError e) {
            if (!closed) {
                LOG.warn("the program '{}' failed", name, e);
            }
            failure = Optional.of(e);
        } finally {
            conversation.ended();
        }
    }

    /** This program, for messages. */
    private final class Spoken implements Conversation.Party {

        @Override
        public String name() {
            return "the program '" + name + "'";
        }

        @Override
        public void tell(Map<String, Object> message) {
            told.add(Optional.of(message));
        }

        @Override
        public String absent(String time) {
            return "did not begin for " + time;
        }

        @Override
        public boolean endIsTold() {
            return true;
        }

        @Override
        public String ending() {
            return failure.map(ProgramThread::thrown)
                    .orElse("ended without an answer; it must go on while Weft.isRunning()");
        }

        @Override
        public List<String> lastLines(boolean ended) {
            return lines.last();
        }

        @Override
        public Optional<Path> log() {
            return Optional.of(log);
        }
    }

    /** "threw java.lang.IllegalStateException: no records, at Trainer.java:33". */
    private static String thrown(Throwable failure) {
        StackTraceElement[] trace = failure.getStackTrace();
        return "threw " + String.valueOf(failure).replace('\n', ' ')
                + (trace.length == 0 ? "" : ", at " + trace[0].getFileName() + ":" + trace[0].getLineNumber());
    }

    /** The program's end of the conversation. */
    private final class Inside implements Channel {

        private final Map<String, Object> welcome;
        private final Listening site;

        Inside(Map<String, Object> welcome, Listening site) {
            this.welcome = welcome;
            this.site = site;
        }

        @Override
        public Map<String, Object> welcome() {
            return welcome;
        }

        @Override
        public Optional<Map<String, Object>> next() {
            try {
                return closed ? Optional.empty() : told.take();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.empty();
            }
        }

        @Override
        public void tell(Map<String, Object> message) {
            if (closed) {
                throw new NotConnected("the job is over");
            }
            site.said(message);
        }

        @Override
        public void close() {
            site.disconnected();
        }
    }

    @Override
    public boolean usable() {
        return !closed && !conversation.isOver();
    }

    @Override
    public Map<String, Object> ask(Map<String, Object> task) throws ProgramFailed, IOException, InterruptedException {
        return conversation.ask(task);
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
    public void end() {
        if (closed) {
            return;
        }
        told.add(Optional.empty());
        conversation.awaitEnd();
        close();
    }

    @Override
    public void close() {
        closed = true;
        told.add(Optional.empty());
        thread.interrupt();
        try {
            thread.join(GRACE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            LOG.warn("the program '{}' does not stop when it is interrupted; it is left to itself", name);
        }
    }
}
