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

/** {@code weft delete}: removes a job. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=delete"})
public final class DeleteJob implements ShellCommand {

    private static final Manual MANUAL = new Manual(
            "delete",
            "Removes a job that is over from the server, with its models and its record.",
            Optional.of("ID"),
            true,
            AdminConnections.FLAGS,
            List.of(
                    "Fetch first what is still wanted. A job that is not over is refused: stop it first.",
                    "Exit code: 0 removed, 2 refused, 1 the server was not reached."),
            List.of("weft delete dolly-lora-20260131-101500"));

    private final AdminConnections connections;

    @Activate
    public DeleteJob(@Reference AdminConnections connections) {
        this.connections = connections;
    }

    /** The Gogo command. */
    public void delete(CommandSession session, String... words) throws InterruptedException {
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
        try (AdminConnection connection = connections.open(arguments, screen)) {
            connection.ask(new Message.Admin.DeleteJob(arguments.operand().orElseThrow()), Message.Accepted.class);
        }
        return Command.DONE;
    }
}
