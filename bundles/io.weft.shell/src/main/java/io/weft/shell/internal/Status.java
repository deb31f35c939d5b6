package io.weft.shell.internal;

import io.weft.launch.Command;
import io.weft.launch.Resident;
import io.weft.launch.StatusPage;
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

/** {@code weft status}: how the server or the site in a home is. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=status"})
public final class Status implements ShellCommand {

    private static final String PAGE = "--page";

    private static final Manual MANUAL = new Manual(
            "status",
            "Says how the server or the site in a home is.",
            Optional.empty(),
            false,
            List.of(Flag.alone(
                    PAGE, "prints an address that opens the server's status page once, without a certificate")),
            List.of(
                    "A server has a status page for browsers. --page prints its address with a token, alone on standard output; a token"
                            + " counts once, within ten minutes.",
                    "Exit code: 0 it runs, 2 there is no status page, 3 it does not run."),
            List.of("weft status --home /srv/weft", "weft status --page --home /srv/weft"));

    private final Occupancy occupancy;
    private final Resident resident;
    private final Path home;

    /** Where a server runs that has one. */
    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            fieldOption = FieldOption.UPDATE)
    private final Collection<StatusPage> pages = new CopyOnWriteArrayList<>();

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
        Optional<StatusPage> page = pages.stream().findFirst();
        if (arguments.has(PAGE)) {
            screen.out()
                    .println(page.orElseThrow(() ->
                                    arguments.refused("a " + resident.kind() + " without a status page runs here"))
                            .once());
            return Command.DONE;
        }
        screen.out()
                .println(resident.kind() + " " + residence.get().name() + ", process "
                        + ProcessHandle.current().pid());
        residence.get().status().forEach(screen.out()::println);
        page.ifPresent(one -> screen.out().println("status page: " + one.words()));
        return Command.DONE;
    }
}
