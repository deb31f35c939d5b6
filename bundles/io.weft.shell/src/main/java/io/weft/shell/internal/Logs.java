package io.weft.shell.internal;

import io.weft.exchange.Message;
import io.weft.launch.Command;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft logs}: the log of a job. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=logs"})
public final class Logs implements ShellCommand {

    private static final String SITE = "--site";

    private static final Manual MANUAL = new Manual(
            "logs",
            "Shows the log of a job at the server, and what comes until the job is over.",
            Optional.of("ID"),
            true,
            List.of(
                    AdminConnections.KIT,
                    AdminConnections.WAIT,
                    Flag.with(SITE, "NAME", "the lines about this site alone")),
            List.of(
                    "A line has the time, the site or 'server', and what happened: rounds, tasks, transfers, notes, failures. What a site's own"
                            + " process writes stays in that home's data/log.",
                    "Exit code: 0 the job is over, and this was all, 2 refused, 1 the server was not reached."),
            List.of("weft logs dolly-lora-20260131-101500", "weft logs dolly-lora-20260131-101500 --site site-2"));

    private final AdminConnections connections;

    @Activate
    public Logs(@Reference AdminConnections connections) {
        this.connections = connections;
    }

    /** The Gogo command. */
    public void logs(CommandSession session, String... words) throws InterruptedException {
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
        String site = arguments.text(SITE).orElse("");
        try (AdminConnection connection = connections.open(arguments, screen)) {
            long known = 0;
            boolean over = false;
            while (!over) {
                Message.Admin.LogLines part =
                        connection.ask(new Message.Admin.ReadLog(job, site, known), Message.Admin.LogLines.class);
                part.lines().forEach(screen.out()::println);
                screen.out().flush();
                known += part.lines().size();
                over = part.over();
            }
        }
        return Command.DONE;
    }
}
