package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.CarriedFiles;
import io.weft.exchange.Message;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.launch.Command;
import io.weft.models.ModelCatalogue;
import io.weft.server.JobFiles;
import io.weft.server.JobRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft submit}: hands a job in. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=submit"})
public final class Submit implements ShellCommand {

    /** Where a job's first model travels among the files; no file beside a job file has that name. */
    private static final String FIRST_MODEL = ".first-model";

    private static final Manual MANUAL = new Manual(
            "submit",
            "Hands a job in at a server, and prints its id alone.",
            Optional.of("JOB"),
            true,
            AdminConnections.FLAGS,
            List.of(
                    "JOB is a job file (docs/job-file.md), which is checked here first. model.base is a name in every site's"
                            + " conf/models.yaml, also when a folder of that name lies beside the job: nothing of the base is"
                            + " uploaded. The datasets are names in each site's conf/datasets.yaml. A program of the job's own, its"
                            + " files and its first model travel with it.",
                    "The job waits for its sites: all of the project, or as many as workflow.sites.min says. A link that breaks"
                            + " meanwhile hands in nothing twice.",
                    "Exit code: 0 handed in, 1 the server was not reached, 2 refused."),
            List.of("weft submit job.yaml --kit kits/lead@example.org"));

    private final AdminConnections connections;

    @Activate
    public Submit(@Reference AdminConnections connections) {
        this.connections = connections;
    }

    /** The Gogo command. */
    public void submit(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        Path file = arguments.operandPath();
        Job job = JobFile.read(file);
        Optional<Path> firstModel = firstModel(job, file);
        if (firstModel.isEmpty()) {
            checkBase(job);
            job.overrides().keySet().forEach(site -> checkBase(job.forSite(site)));
        }
        JobRequest.Carried carried = JobFiles.of(job, file, firstModel);
        SortedMap<String, Path> files = new TreeMap<>(carried.files());
        carried.model().ifPresent(model -> files.put(FIRST_MODEL, model));
        Message.Admin.Submit submit = new Message.Admin.Submit(
                UUID.randomUUID().toString(),
                job.text(),
                file.getFileName().toString(),
                CarriedFiles.describe(files),
                carried.model().isPresent() ? FIRST_MODEL : "");
        try (AdminConnection connection = connections.remote(arguments, files, AdminConnections.onto(screen))) {
            screen.out()
                    .println(connection
                            .ask(submit, Message.Admin.Submitted.class)
                            .job());
        }
        return Command.DONE;
    }

    /** At the sites and, for a base that is shared, at the server, a base has the name that a catalogue gives it. */
    private static void checkBase(Job job) {
        ModelCatalogue.noName(job.model().base()).ifPresent(problem -> {
            throw job.refuse(problem, "model", "base");
        });
    }

    /** The file beside the job file that the job begins with; of a base that all sites have nothing is sent. */
    private static Optional<Path> firstModel(Job job, Path file) {
        if (!job.mayBringItsModel()) {
            return Optional.empty();
        }
        String name = job.model().base();
        try {
            Path beside = file.toAbsolutePath().normalize().resolveSibling(name).normalize();
            return Optional.of(beside).filter(Files::isRegularFile);
        } catch (InvalidPathException e) {
            throw new Refusal(file + ": model.base is '" + name + "', which is neither a path nor a name", e);
        }
    }
}
