package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.exchange.Message;
import io.weft.launch.Command;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft jobs}: the jobs of a server. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=jobs"})
public final class Jobs implements ShellCommand {

    private static final String JSON = "--json";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final Manual MANUAL = new Manual(
            "jobs",
            "Lists the jobs of a server, with their states and reasons.",
            Optional.empty(),
            false,
            List.of(AdminConnections.KIT, AdminConnections.WAIT, Flag.alone(JSON, "prints one JSON object a job")),
            List.of(
                    "States: SUBMITTED (not begun), RUNNING, WAITING (something that it needs is missing), FINISHED, STOPPED, FAILED. The reason"
                            + " says what a job waits for, or why it ended.",
                    "Exit code: 0 listed, 2 refused, 1 the server was not reached."),
            List.of("weft jobs --kit kits/lead@example.org"));

    private final AdminConnections connections;

    @Activate
    public Jobs(@Reference AdminConnections connections) {
        this.connections = connections;
    }

    /** The Gogo command. */
    public void jobs(CommandSession session, String... words) throws InterruptedException {
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
        List<Message.Admin.JobLine> jobs;
        try (AdminConnection connection = connections.open(arguments, screen)) {
            jobs = connection
                    .ask(new Message.Admin.ListJobs(), Message.Admin.Jobs.class)
                    .jobs();
        }
        if (arguments.has(JSON)) {
            for (Message.Admin.JobLine job : jobs) {
                screen.out().println(MAPPER.writeValueAsString(job));
            }
            return Command.DONE;
        }
        List<List<String>> rows =
                new ArrayList<>(List.of(List.of("job", "state", "round", "by", "submitted", "reason")));
        for (Message.Admin.JobLine job : jobs) {
            rows.add(List.of(
                    job.job(),
                    job.state(),
                    job.round() + "/" + job.rounds(),
                    job.submitter(),
                    job.submitted().replaceAll("[.].*", "").replace("T", " "),
                    job.reason()));
        }
        Table.leftAligned(rows).forEach(screen.out()::println);
        return Command.DONE;
    }
}
