package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.exchange.Message;
import io.weft.launch.Command;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft sites}: the sites of a project. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=sites"})
public final class Sites implements ShellCommand {

    private static final String JSON = "--json";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final Manual MANUAL = new Manual(
            "sites",
            "Lists the sites of a project, and which of them are connected.",
            Optional.empty(),
            false,
            List.of(AdminConnections.KIT, AdminConnections.WAIT, Flag.alone(JSON, "prints one JSON object a site")),
            List.of("Exit code: 0 listed, 2 refused, 1 the server was not reached."),
            List.of("weft sites --kit kits/lead@example.org"));

    private final AdminConnections connections;

    @Activate
    public Sites(@Reference AdminConnections connections) {
        this.connections = connections;
    }

    /** The Gogo command. */
    public void sites(CommandSession session, String... words) throws InterruptedException {
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
        List<Message.Admin.SiteLine> sites;
        try (AdminConnection connection = connections.open(arguments, screen)) {
            sites = connection
                    .ask(new Message.Admin.ListSites(), Message.Admin.Sites.class)
                    .sites();
        }
        if (arguments.has(JSON)) {
            for (Message.Admin.SiteLine site : sites) {
                screen.out().println(MAPPER.writeValueAsString(site));
            }
            return Command.DONE;
        }
        List<List<String>> rows = new ArrayList<>(List.of(List.of("site", "organisation", "state", "since", "jobs")));
        for (Message.Admin.SiteLine site : sites) {
            rows.add(List.of(
                    site.name(),
                    site.organisation(),
                    state(site),
                    site.since().replaceAll("[.].*", "").replace("T", " "),
                    String.join(" ", site.jobs())));
        }
        Table.leftAligned(rows).forEach(screen.out()::println);
        return Command.DONE;
    }

    private static String state(Message.Admin.SiteLine site) {
        if (site.connected()) {
            return "connected";
        }
        return site.since().isEmpty() ? "not yet connected" : "away";
    }
}
