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

/** {@code weft verify}: checks the record of a job. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=verify"})
public final class Verify implements ShellCommand {

    private static final Manual MANUAL = new Manual(
            "verify",
            "Checks the record of a job at the server.",
            Optional.of("ID"),
            true,
            AdminConnections.FLAGS,
            List.of(
                    "Every line of events.jsonl carries the SHA-256 of the line before it; one that was changed, or is missing, is named. What"
                            + " sites sent is not computed again.",
                    "Exit code: 0 sound, 1 not sound, 2 refused."),
            List.of("weft verify dolly-lora-20260131-101500"));

    private final AdminConnections connections;

    @Activate
    public Verify(@Reference AdminConnections connections) {
        this.connections = connections;
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
    public boolean isOfTheResident() {
        return true;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        Message.Admin.Verified verified;
        try (AdminConnection connection = connections.open(arguments, screen)) {
            verified = connection.ask(
                    new Message.Admin.Verify(arguments.operand().orElseThrow()), Message.Admin.Verified.class);
        }
        verified.lines().forEach(screen.out()::println);
        return verified.sound() ? Command.DONE : Command.FAILED;
    }
}
