package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program that somebody else starts: in a notebook, under Slurm, in a debugger. It joins when it is there, may leave, and another
 * one may come in its place; it is never stopped from here.
 */
final class AttachedProgram implements RunningProgram {

    private static final Logger LOG = LoggerFactory.getLogger(AttachedProgram.class);

    private final JobContext job;
    private final Attachment attachment;
    private final Conversation conversation;
    private final ControlSocket control;
    private boolean invited;

    /**
     * Waits for a program from now on.
     *
     * @param attachment what a program must know to join
     */
    AttachedProgram(
            Attachment attachment,
            JobContext job,
            Limits limits,
            Map<String, Object> welcome,
            Consumer<Map<String, Object>> reports)
            throws IOException {
        this.job = job;
        this.attachment = attachment;
        this.conversation = new Conversation(new Spoken(), job, limits);
        String name = "trainer-" + job.site().orElse("") + "-" + job.job() + "-control";
        this.control = ControlSocket.open(name, new Listening(conversation, welcome, () -> {}, reports));
        try {
            attachment.write(control.environment());
        } catch (IOException e) {
            control.close();
            throw e;
        }
    }

    /** This program, for messages. */
    private final class Spoken implements Conversation.Party {

        @Override
        public String name() {
            return "the attached trainer";
        }

        @Override
        public void tell(Map<String, Object> message) throws IOException {
            control.tell(message);
        }

        @Override
        public String absent(String time) {
            return "has not joined for " + time + "; start it with " + attachment + " (trainer.startSeconds)";
        }

        @Override
        public boolean endIsTold() {
            return false;
        }

        @Override
        public String ending() {
            return "ended";
        }

        @Override
        public List<String> lastLines(boolean ended) {
            return List.of();
        }

        @Override
        public Optional<Path> log() {
            return Optional.empty();
        }
    }

    @Override
    public boolean usable() {
        return true;
    }

    @Override
    public Map<String, Object> ask(Map<String, Object> task) throws ProgramFailed, IOException, InterruptedException {
        if (conversation.isOver()) {
            startAnew();
        }
        if (!invited) {
            job.output(List.of("waits for its trainer: start it with " + attachment));
            invited = true;
        }
        return conversation.ask(task);
    }

    private void startAnew() {
        invited = conversation.startAnew();
    }

    @Override
    public String again() {
        return "another one is waited for";
    }

    @Override
    public void drop() {
        if (conversation.goesOn()) {
            control.disconnect();
        }
        startAnew();
    }

    @Override
    public void end() {
        try {
            control.tell(Map.of("type", "end"));
        } catch (IOException e) {
            LOG.debug("the attached trainer could not be told that the job is over", e);
        } finally {
            close();
        }
    }

    @Override
    public void close() {
        try {
            attachment.remove();
            control.close();
        } catch (IOException e) {
            LOG.warn("the control channel of an attached trainer could not be removed", e);
        }
    }
}
