package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.launch.Command;
import io.weft.plugins.Plugins;
import io.weft.server.StoredJob;
import io.weft.server.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft verify}: holds the record of a job against its files. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=verify"})
public final class Verify implements ShellCommand {

    private static final Manual MANUAL = new Manual(
            "verify",
            "Recomputes what is kept of a job's rounds, and checks the record of the rest.",
            Optional.of("ID"),
            true,
            AdminConnections.FLAGS,
            List.of(
                    "ID is a job's id, or a folder with its events.jsonl: a run of 'weft simulate' or what 'weft fetch' brought. An id is looked"
                            + " for among this home's jobs, else at the server; with --kit at the server alone.",
                    "Every line of events.jsonl carries the SHA-256 of the line before it, and the digests of the files that came to be. A round"
                            + " whose updates are kept (keep.updates of the job file) is recomputed with its aggregator; of the others the"
                            + " digests are checked. Each line says which it was, and what is wrong begins with WRONG.",
                    "Exit code: 0 sound, 1 not sound, 2 refused."),
            List.of("weft verify dolly-lora-20260131-101500", "weft verify runs/first"));

    private final Plugins plugins;
    private final AdminConnections connections;
    private final Path home;

    @Activate
    public Verify(@Reference Plugins plugins, @Reference AdminConnections connections, BundleContext context) {
        this(plugins, connections, Path.of(context.getProperty(Command.HOME)));
    }

    Verify(Plugins plugins, AdminConnections connections, Path home) {
        this.plugins = plugins;
        this.connections = connections;
        this.home = home;
    }

    /** The Gogo command. */
    public void verify(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        String job = arguments.operand().orElseThrow();
        Optional<Path> here = arguments.has(AdminConnections.KIT.name()) ? Optional.empty() : folder(job);
        Verification found = here.isPresent()
                ? Verification.of(here.get(), plugins, new Cancellation())
                : atTheServer(job, arguments, screen);
        found.lines().forEach(screen.out()::println);
        return found.sound() ? Command.DONE : Command.FAILED;
    }

    private Verification atTheServer(String job, Arguments arguments, Screen screen)
            throws IOException, InterruptedException {
        if (!arguments.has(AdminConnections.KIT.name())) {
            refuseWithoutRecord(job);
            if (!connections.areThere(arguments)) {
                throw arguments.refused("there is no folder and no run '" + job + "' here; " + connections.none());
            }
        }
        try (AdminConnection connection = connections.open(arguments, screen)) {
            Message.Admin.Verified verified =
                    connection.ask(new Message.Admin.Verify(job), Message.Admin.Verified.class);
            return new Verification(verified.sound(), verified.lines());
        }
    }

    /** A job that waits lies in the home without a record too, and the server says so; of what was fetched nobody else can. */
    private void refuseWithoutRecord(String job) {
        Optional<Path> folder = named(job).filter(Files::isDirectory);
        if (folder.isPresent()) {
            throw new Refusal(
                    Files.exists(folder.get().resolve("job.yaml"))
                            ? job
                                    + " has no events.jsonl: the job ended before it began, so nothing is on record; log.txt"
                                    + " there says why"
                            : job
                                    + " has no events.jsonl, so it is no job's folder; give a run of 'weft simulate', what"
                                    + " 'weft fetch' brought, or a job's id");
        }
    }

    /** The job's folder on this machine. */
    private Optional<Path> folder(String job) {
        return named(job).stream()
                .flatMap(
                        folder -> Stream.of(home.resolve("data").resolve("jobs").resolve(job), folder))
                .filter(StoredJob::isIn)
                .findFirst();
    }

    private static Optional<Path> named(String job) {
        try {
            return Optional.of(Path.of(job).toAbsolutePath());
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
