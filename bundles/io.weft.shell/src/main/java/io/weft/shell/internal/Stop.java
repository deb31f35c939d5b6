package io.weft.shell.internal;

import io.weft.exchange.Message;
import io.weft.launch.Command;
import io.weft.launch.Resident;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.FieldOption;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** {@code weft stop}: ends a job, or the server or site that lives in a home. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=stop"})
public final class Stop implements ShellCommand {

    private static final Manual MANUAL = new Manual(
            "stop",
            "Stops a job at a server; without ID, the server or the site that lives in this home.",
            Optional.of("ID"),
            false,
            AdminConnections.FLAGS,
            List.of(
                    "A job that was stopped is over: it keeps its record and its rounds, and does not go on. A server or a site that is"
                            + " stopped loses nothing: its jobs go on at the next start. The command returns when the process is gone.",
                    "Exit code: 0 stopped, or nothing ran, 2 refused, 1 the server was not reached."),
            List.of("weft stop dolly-lora-20260131-101500 --kit kits/lead@example.org", "weft stop --home /srv/weft"));

    /** None where nothing can be started. */
    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            fieldOption = FieldOption.UPDATE)
    private final Collection<Resident> residents = new CopyOnWriteArrayList<>();

    private final AdminConnections connections;
    private final Occupancy occupancy;
    private final Path home;

    @Activate
    public Stop(@Reference AdminConnections connections, @Reference Occupancy occupancy, BundleContext context) {
        this(connections, occupancy, Path.of(context.getProperty(Command.HOME)));
    }

    Stop(AdminConnections connections, Occupancy occupancy, Path home) {
        this.connections = connections;
        this.occupancy = occupancy;
        this.home = home;
    }

    /** The Gogo command. */
    public void stop(CommandSession session, String... words) throws InterruptedException {
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
        if (arguments.operand().isPresent()) {
            try (AdminConnection connection = connections.open(arguments, screen)) {
                connection.ask(new Message.Admin.StopJob(arguments.operand().get()), Message.Accepted.class);
            }
            return Command.DONE;
        }
        if (residents.isEmpty()) {
            throw arguments.refused("ID is missing; usage: " + MANUAL.usage());
        }
        if (occupancy.residence().isPresent()) {
            return Command.ENDING;
        }
        String kind = residents.stream().map(Resident::kind).findFirst().orElseThrow();
        screen.out().println("no " + kind + " runs in " + home);
        return Command.DONE;
    }
}
