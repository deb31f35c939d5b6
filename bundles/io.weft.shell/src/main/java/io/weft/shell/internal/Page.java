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

/** {@code weft page}: an address of the status page. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=page"})
public final class Page implements ShellCommand {

    private static final Manual MANUAL = new Manual(
            "page",
            "Prints an address that opens a server's status page in a browser, once.",
            Optional.empty(),
            false,
            AdminConnections.FLAGS,
            List.of(
                    "The address has a token, which counts once, within ten minutes; the browser then sees the page for twelve hours, or"
                            + " until your certificate does not count any more. Give it to nobody who may not see the page.",
                    "Exit code: 0 printed, 2 refused, or there is no page, 1 the server was not reached."),
            List.of("weft page --kit kits/lead@example.org", "weft page --home /srv/weft"));

    private final AdminConnections connections;

    @Activate
    public Page(@Reference AdminConnections connections) {
        this.connections = connections;
    }

    /** The Gogo command. */
    public void page(CommandSession session, String... words) throws InterruptedException {
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
            screen.out()
                    .println(connection
                            .ask(new Message.Admin.OpenPage(), Message.Admin.PageAddress.class)
                            .address());
        }
        return Command.DONE;
    }
}
