package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.CarriedFiles;
import io.weft.exchange.Message;
import io.weft.launch.Command;
import io.weft.tensor.Durable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft fetch}: brings what a job has come to. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=fetch"})
public final class Fetch implements ShellCommand {

    private static final String OUT = "--out";

    /** While files come, the folder says of which job they are. */
    private static final String MARK = ".weft-fetch";

    private static final String PART = ".part";

    private static final String RESULT = "result/";

    private static final Manual MANUAL = new Manual(
            "fetch",
            "Brings the result of a job that is over, its record and its numbers.",
            Optional.of("ID"),
            true,
            List.of(
                    Flag.needed(OUT, "DIR", "where to put them: a folder that is empty or not there"),
                    AdminConnections.KIT,
                    AdminConnections.WAIT),
            List.of(
                    "DIR then holds result/, summary.json, metrics.jsonl, events.jsonl, job.yaml and log.txt. Every file is checked"
                            + " against its SHA-256. A link that breaks is dialled again, and the file goes on at the byte where it"
                            + " was; so it does when the same command is run again after it was ended.",
                    "A job that failed or was stopped has no result/; its record comes all the same, and tells why.",
                    "Exit code: 0 all is there, 1 there is no result, or the server was not reached, 2 refused."),
            List.of("weft fetch dolly-lora-20260131-101500 --out runs/dolly --kit kits/lead@example.org"));

    private final AdminConnections connections;

    @Activate
    public Fetch(@Reference AdminConnections connections) {
        this.connections = connections;
    }

    /** The Gogo command. */
    public void fetch(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        String job = arguments.operand().orElseThrow();
        Path out = arguments.path(OUT).orElseThrow();
        refuseWhatIsNotOurs(out, job);
        List<Message.CarriedFile> files;
        try (AdminConnection connection =
                connections.remote(arguments, new TreeMap<>(), AdminConnections.onto(screen))) {
            files = connection
                    .ask(new Message.Admin.Pack(job), Message.Admin.Packed.class)
                    .files();
            Files.createDirectories(out);
            Durable.write(out.resolve(MARK), job.getBytes(StandardCharsets.UTF_8));
            for (Message.CarriedFile file : files) {
                bring(connection, job, file, out);
            }
        } catch (InterruptedException e) {
            screen.err()
                    .println("weft: interrupted; what is in " + out + " stays, and the same command goes on with it");
            throw e;
        }
        Files.delete(out.resolve(MARK));
        screen.out().println(out + ": " + job);
        if (files.stream().noneMatch(file -> file.path().startsWith(RESULT))) {
            screen.err()
                    .println("weft: job " + job + " came to no result, so there is no " + out.resolve(RESULT)
                            + "; the last lines of " + out.resolve("log.txt") + " say why");
            return Command.FAILED;
        }
        return Command.DONE;
    }

    private static void refuseWhatIsNotOurs(Path out, String job) throws IOException {
        if (!Files.exists(out)) {
            return;
        }
        Path mark = out.resolve(MARK);
        if (Files.exists(mark)) {
            String began = Files.readString(mark, StandardCharsets.UTF_8);
            if (!began.equals(job)) {
                throw new Refusal(
                        out + " has a part of job " + began + "; fetch that one there, or name another folder");
            }
            return;
        }
        if (!Files.isDirectory(out)) {
            throw new Refusal(out + " is a file; --out names a folder that is empty or does not exist yet");
        }
        try (Stream<Path> entries = Files.list(out)) {
            if (entries.findAny().isPresent()) {
                throw new Refusal(out + " is not empty; --out names a folder that is empty or does not exist yet");
            }
        }
    }

    private static void bring(AdminConnection connection, String job, Message.CarriedFile file, Path out)
            throws IOException, InterruptedException {
        Path to = CarriedFiles.place(out, file.path());
        if (Files.exists(to)) {
            return; // It got its name when it was whole.
        }
        Files.createDirectories(to.getParent());
        Path part = to.resolveSibling(to.getFileName() + PART);
        if (!Files.exists(part)) {
            Files.createFile(part);
        }
        connection.bring(job + "/result/" + file.path(), file, part);
        Durable.rename(part, to);
    }
}
