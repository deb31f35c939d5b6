package io.weft.shell.internal;

import io.weft.launch.Command;
import io.weft.launch.Resident;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft start}: a server or a site, until it is stopped. */
@Component(service = ShellCommand.class)
public final class Start implements ShellCommand {

    private static final Manual MANUAL = new Manual(
            "start",
            "Starts the server or the site that lives in a home, and returns when it is ready.",
            Optional.empty(),
            false,
            List.of(Flag.alone("--foreground", "stays in the foreground, until Ctrl-C, SIGTERM or weft stop")),
            List.of(
                    "The home (--home DIR) has the startup kit in kit/; what it writes goes to data/, its log to data/log/weft.log, and"
                            + " what its Java says to data/log/out.log. One process lives in a home at a time.",
                    "A server goes on with the jobs that it had; a site dials its server until it is there. Neither loses anything"
                            + " when it is killed.",
                    "Exit code: 0 ready (in the foreground: stopped), 2 refused: the kit, the port or something else is not right."),
            List.of("weft start --home /srv/weft", "weft start --home /srv/weft --foreground"));

    private final Occupancy occupancy;
    private final Resident resident;
    private final Path home;

    @Activate
    public Start(@Reference Occupancy occupancy, @Reference Resident resident, BundleContext context) {
        this(occupancy, resident, Path.of(context.getProperty(Command.HOME)));
    }

    Start(Occupancy occupancy, Resident resident, Path home) {
        this.occupancy = occupancy;
        this.resident = resident;
        this.home = home;
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public boolean stays() {
        return true;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        occupancy.live(resident, home, residence -> {
            // bin/weft waits for this line, and shows it.
            screen.out()
                    .println("ready: " + resident.kind() + " " + residence.ready() + ", process "
                            + ProcessHandle.current().pid());
            screen.out().flush();
        });
        return Command.DONE;
    }
}
