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

/** {@code weft clone}: the same job once more. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=clone"})
public final class CloneJob implements ShellCommand {

    private static final Manual MANUAL = new Manual(
            "clone",
            "Hands in the same job once more, and prints its id alone.",
            Optional.of("ID"),
            true,
            AdminConnections.FLAGS,
            List.of(
                    "It begins anew, with the job file and the files of the former one, and the models and datasets that the sites have now.",
                    "Exit code: 0 handed in, 2 refused, 1 the server was not reached."),
            List.of("weft clone dolly-lora-20260131-101500"));

    private final AdminConnections connections;

    @Activate
    public CloneJob(@Reference AdminConnections connections) {
        this.connections = connections;
    }

    /** The Gogo command. */
    public void _clone(CommandSession session, String... words) throws InterruptedException {
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
            String id = arguments.operand().orElseThrow();
            screen.out()
                    .println(connection
                            .ask(new Message.Admin.CloneJob(id), Message.Admin.Submitted.class)
                            .job());
        }
        return Command.DONE;
    }
}
