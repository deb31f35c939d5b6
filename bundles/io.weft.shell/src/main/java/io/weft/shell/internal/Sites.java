package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.plugin.Refusal;
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
    private static final String DISABLE = "--disable";
    private static final String ENABLE = "--enable";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final Manual MANUAL = new Manual(
            "sites",
            "Lists the sites of a project, and which of them are connected.",
            Optional.empty(),
            false,
            List.of(
                    AdminConnections.KIT,
                    AdminConnections.WAIT,
                    Flag.with(DISABLE, "NAME", "takes a site out of the jobs that begin from now on"),
                    Flag.with(ENABLE, "NAME", "takes a site back in"),
                    Flag.alone(JSON, "prints one JSON object a site")),
            List.of(
                    "A site that is taken out stays connected, and ends the jobs in which it takes part. Who may take it out is a matter of the right"
                            + " operate (docs/provisioning.md).",
                    "Exit code: 0 listed, 2 refused, 1 the server was not reached."),
            List.of("weft sites --kit kits/lead@example.org", "weft sites --disable site-3"));

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
        List<String> out;
        try (AdminConnection connection = connections.open(arguments, screen)) {
            for (String flag : List.of(DISABLE, ENABLE)) {
                Optional<String> site = arguments.text(flag);
                if (site.isPresent()) {
                    connection.ask(new Message.Admin.SetSite(site.get(), flag.equals(ENABLE)), Message.Accepted.class);
                }
            }
            sites = connection
                    .ask(new Message.Admin.ListSites(), Message.Admin.Sites.class)
                    .sites();
            out = out(connection);
        }
        if (arguments.has(JSON)) {
            for (Message.Admin.SiteLine site : sites) {
                ObjectNode object = MAPPER.valueToTree(site);
                object.put("takesPart", !out.contains(site.name()));
                screen.out().println(object);
            }
            return Command.DONE;
        }
        List<List<String>> rows = new ArrayList<>(List.of(List.of("site", "organisation", "state", "since", "jobs")));
        for (Message.Admin.SiteLine site : sites) {
            rows.add(List.of(
                    site.name(),
                    site.organisation(),
                    state(site) + (out.contains(site.name()) ? ", taken out" : ""),
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

    /** A server of protocol 1.0 takes no site out. */
    private static List<String> out(AdminConnection connection) throws IOException, InterruptedException {
        try {
            return connection
                    .ask(new Message.Admin.ListSitesOut(), Message.Admin.SitesOut.class)
                    .sites();
        } catch (Refusal e) {
            return List.of();
        }
    }
}
