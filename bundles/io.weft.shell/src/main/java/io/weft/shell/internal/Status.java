package io.weft.shell.internal;

import io.weft.launch.Command;
import io.weft.launch.Resident;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft status}: how the server or the site in a home is. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=status"})
public final class Status implements ShellCommand {

    private static final Manual MANUAL = new Manual(
            "status",
            "Says how the server or the site in a home is.",
            Optional.empty(),
            false,
            List.of(),
            List.of("Exit code: 0 it runs, 3 it does not."),
            List.of("weft status --home /srv/weft"));

    private final Occupancy occupancy;
    private final Resident resident;
    private final Path home;

    @Activate
    public Status(@Reference Occupancy occupancy, @Reference Resident resident, BundleContext context) {
        this(occupancy, resident, Path.of(context.getProperty(Command.HOME)));
    }

    Status(Occupancy occupancy, Resident resident, Path home) {
        this.occupancy = occupancy;
        this.resident = resident;
        this.home = home;
    }

    /** The Gogo command. */
    public void status(CommandSession session, String... words) throws InterruptedException {
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
    public int run(Arguments arguments, Screen screen) {
        Optional<Resident.Residence> residence = occupancy.residence();
        if (residence.isEmpty()) {
            screen.out()
                    .println("no " + resident.kind() + " runs in " + home + "; start it: weft start --home " + home);
            return STOPPED;
        }
        screen.out()
                .println(resident.kind() + " " + residence.get().name() + ", process "
                        + ProcessHandle.current().pid());
        residence.get().status().forEach(screen.out()::println);
        return Command.DONE;
    }
}
