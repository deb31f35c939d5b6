package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Administration;
import io.weft.identity.Kind;
import io.weft.identity.Kit;
import io.weft.launch.Command;
import io.weft.launch.Resident;
import io.weft.plugins.Plugins;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.FieldOption;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Finds the server that a command is for: the one of this process, else the one of a kit. */
@Component(service = AdminConnections.class)
public final class AdminConnections {

    static final Flag KIT = Flag.with(
            "--kit", "DIR", "your startup kit; without it, the folder kit in the current one, or in the home");

    static final Flag WAIT =
            Flag.with("--wait", "SECONDS", "how long a server that is not up yet is waited for; 30 without it");

    static final List<Flag> FLAGS = List.of(KIT, WAIT);

    private static final long USUAL_WAIT = 30;
    private static final long LONGEST_WAIT = 86_400;

    private static final String KIT_FOLDER = "kit";

    private final Plugins plugins;
    private final Path home;

    /** Where a server runs in this process. */
    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            fieldOption = FieldOption.UPDATE)
    private final Collection<Administration> administrations = new CopyOnWriteArrayList<>();

    /** What can live in a home of this archive; nothing in that of the workbench. */
    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            fieldOption = FieldOption.UPDATE)
    private final Collection<Resident> residents = new CopyOnWriteArrayList<>();

    @Activate
    public AdminConnections(@Reference Plugins plugins, BundleContext context) {
        this(plugins, List.of(), Path.of(context.getProperty(Command.HOME)));
    }

    AdminConnections(Plugins plugins, List<Resident> residents, Path home) {
        this.plugins = plugins;
        this.residents.addAll(residents);
        this.home = home;
    }

    /** The connection for a command with {@link #FLAGS}; what becomes of its link is told beside the command's results. */
    AdminConnection open(Arguments arguments, Screen screen) throws IOException {
        return open(arguments, onto(screen));
    }

    /** What is told of a link, beside the results of a command. */
    static Consumer<String> onto(Screen screen) {
        return news -> {
            screen.err().println("weft: " + news);
            screen.err().flush();
        };
    }

    /**
     * The connection for a command with {@link #FLAGS}.
     *
     * @param news is told that the server does not answer, and that it is back
     */
    AdminConnection open(Arguments arguments, Consumer<String> news) throws IOException {
        Optional<Administration> here = administrations.stream().findFirst();
        if (here.isPresent() && !arguments.has(KIT.name())) {
            return new LocalAdminConnection(here.get());
        }
        return remote(arguments, new TreeMap<>(), news);
    }

    /**
     * The connection of another machine.
     *
     * @param offered files that the server may pull, by their paths
     * @param news is told that the server does not answer, and that it is back
     */
    AdminConnection remote(Arguments arguments, SortedMap<String, Path> offered, Consumer<String> news)
            throws IOException {
        long seconds = arguments.whole(WAIT.name(), 0, LONGEST_WAIT).orElse(USUAL_WAIT);
        return RemoteAdminConnection.of(kit(arguments), plugins, Duration.ofSeconds(seconds), offered, news);
    }

    /** Whether there is a server to ask: one in this process, or one that a kit leads to. */
    boolean areThere(Arguments arguments) {
        return !administrations.isEmpty()
                || arguments.has(KIT.name())
                || Files.isDirectory(Path.of(KIT_FOLDER))
                || Files.isDirectory(home.resolve(KIT_FOLDER));
    }

    /** That there is no server to ask, and what to do; of a home's own server only where one can live. */
    String none() {
        return "no server runs in the home " + home
                + ", and there is no folder kit here or there; name your startup kit with --kit DIR"
                + (!residents.isEmpty() ? ", or start the home's server: weft start --home DIR" : "");
    }

    private Kit kit(Arguments arguments) throws IOException {
        Optional<Path> named = arguments.path(KIT.name());
        Path here = Path.of(KIT_FOLDER);
        Path folder = named.orElse(Files.isDirectory(here) ? here : home.resolve(KIT_FOLDER));
        if (named.isEmpty() && !Files.isDirectory(folder)) {
            throw arguments.refused(none());
        }
        Kit kit = Kit.open(folder);
        if (kit.identity().kind() != Kind.ADMIN) {
            throw new Refusal(folder + " is the kit of " + kit.identity() + "; give the kit of an admin");
        }
        return kit;
    }
}
