package io.weft.shell.internal;

import io.weft.launch.Command;
import io.weft.launch.PartCheck;
import io.weft.launch.Resident;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.FieldOption;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** {@code weft check}: what a server or a site needs before it starts. */
@Component(service = ShellCommand.class)
public final class Check implements ShellCommand {

    private static final Manual MANUAL = new Manual(
            "check",
            "Looks at what the server or the site in a home needs: kit, certificate, clock, ports or server, disk, memory, settings, datasets, models.",
            Optional.empty(),
            false,
            List.of(),
            List.of(
                    "Each line says what was found and, where something will not do, what to do. Of a dataset the first record of each"
                            + " file is read, and of a model the configuration and what its files of weights say that they hold.",
                    "Exit code: 0 all is fine, 1 something is not."),
            List.of("weft check --home /srv/weft"));

    /** Those of bundles that may be there or not. */
    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            fieldOption = FieldOption.UPDATE)
    private final Collection<PartCheck> parts = new CopyOnWriteArrayList<>();

    private final Resident resident;
    private final Path home;

    @Activate
    public Check(@Reference Resident resident, BundleContext context) {
        this(resident, Path.of(context.getProperty(Command.HOME)));
    }

    Check(Resident resident, Path home) {
        this.resident = resident;
        this.home = home;
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        List<Resident.Finding> findings = new ArrayList<>(resident.check(home));
        for (PartCheck part : parts) {
            findings.addAll(part.check(home));
        }
        List<List<String>> rows = new ArrayList<>();
        for (Resident.Finding finding : findings) {
            rows.add(List.of(finding.subject(), finding.fine() ? "fine" : "WRONG", finding.words()));
        }
        Table.leftAligned(rows).forEach(screen.out()::println);
        return findings.stream().allMatch(Resident.Finding::fine) ? Command.DONE : Command.FAILED;
    }
}
