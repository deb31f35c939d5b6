package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.exchange.Message;
import io.weft.launch.Command;
import io.weft.server.JobEventText;
import io.weft.server.JobState;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft watch}: follows a job to its end. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=watch"})
public final class Watch implements ShellCommand {

    private static final String JSON = "--json";

    private static final Manual MANUAL = new Manual(
            "watch",
            "Shows a job at a server while it goes on, to its end.",
            Optional.of("ID"),
            true,
            List.of(AdminConnections.KIT, AdminConnections.WAIT, Flag.alone(JSON, "prints one JSON object a line")),
            List.of(
                    "Whoever comes later sees first what has happened. Ctrl-C ends the watching, not the job. A link that breaks, and a"
                            + " server that is started anew within --wait seconds, are dialled again.",
                    "With --json the last line has the job's final state: {\"job\": …, \"event\": \"ended\", \"state\": \"FINISHED\"}.",
                    "Exit code: 0 finished, 1 failed or the server was not reached, 2 refused, 3 stopped, 130 interrupted."),
            List.of(
                    "weft watch dolly-lora-20260131-101500 --kit kits/lead@example.org",
                    "weft watch dolly-lora-20260131-101500 --json"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final AdminConnections connections;
    private final LongSupplier nanoseconds;

    @Activate
    public Watch(@Reference AdminConnections connections) {
        this(connections, System::nanoTime);
    }

    Watch(AdminConnections connections, LongSupplier nanoseconds) {
        this.connections = connections;
        this.nanoseconds = nanoseconds;
    }

    /** The Gogo command. */
    public void watch(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public boolean isOfTheResident() {
        return true;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        String job = arguments.operand().orElseThrow();
        boolean json = arguments.has(JSON);
        Message.Admin.JobLine end;
        RunView view = json
                ? new JsonView(screen.out())
                : screen.terminal() ? new LiveView(screen) : new PlainView(screen.out());
        try (AdminConnection connection = connections.open(arguments, view::says)) {
            try {
                end = follow(connection, job, view, json, screen);
            } finally {
                view.stopped();
            }
        }
        JobState state = JobState.valueOf(end.state());
        Optional<String> reason = Message.present(end.reason());
        if (json) {
            ObjectNode object = MAPPER.createObjectNode();
            object.put("job", job).put("event", "ended").put("state", state.name());
            reason.ifPresent(why -> object.put("reason", why));
            screen.out().println(object);
        } else {
            screen.out()
                    .println(
                            job + " is " + state + reason.map(why -> ": " + why).orElse(""));
        }
        return switch (state) {
            case FINISHED -> Command.DONE;
            case FAILED -> Command.FAILED;
            case SUBMITTED, RUNNING, WAITING, STOPPED -> STOPPED;
        };
    }

    private Message.Admin.JobLine follow(
            AdminConnection connection, String job, RunView view, boolean json, Screen screen)
            throws IOException, InterruptedException {
        WatchedEvents watched = new WatchedEvents(view);
        long known = -1;
        while (true) {
            Message.Admin.Watched part =
                    connection.ask(new Message.Admin.Watch(job, known), Message.Admin.Watched.class);
            if (part.events().isEmpty() && !part.over()) {
                // Nothing has happened at this server, or at the one that was started anew.
                sayWhatItWaitsFor(part.now(), json, screen);
            }
            for (String line : part.events()) {
                watched.happened(JobEventText.parse(line), nanoseconds.getAsLong() / 1e9);
            }
            if (part.over()) {
                return part.now();
            }
            known = part.last();
        }
    }

    private static void sayWhatItWaitsFor(Message.Admin.JobLine now, boolean json, Screen screen) {
        if (json) {
            ObjectNode object = MAPPER.createObjectNode();
            object.put("job", now.job()).put("event", "state").put("state", now.state());
            Message.present(now.reason()).ifPresent(why -> object.put("reason", why));
            screen.out().println(object);
        } else {
            screen.out()
                    .println(now.job() + " is " + now.state()
                            + Message.present(now.reason())
                                    .map(why -> ": " + why)
                                    .orElse(""));
        }
    }
}
