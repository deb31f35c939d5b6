package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.launch.Command;
import io.weft.plugins.PluginService;
import io.weft.plugins.Plugins;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft plugins}: the plugin services there are. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=plugins"})
public final class ListPlugins implements ShellCommand {

    private static final String JSON = "--json";

    private static final Manual MANUAL = new Manual(
            "plugins",
            "Lists the plugins that job files can name: kind, name, bundle and version.",
            Optional.empty(),
            false,
            List.of(Flag.alone(JSON, "prints one JSON object a line, with kind, name, bundle and version")),
            List.of(
                    "Plugins come with the distribution (plugins/ and bundle/ beside bin/) or lie in the home's plugins/."),
            List.of("weft plugins"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Plugins plugins;

    @Activate
    public ListPlugins(@Reference Plugins plugins) {
        this.plugins = plugins;
    }

    /** The Gogo command. */
    public void plugins(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) {
        List<PluginService> services = plugins.services();
        if (arguments.has(JSON)) {
            services.forEach(service -> screen.out().println(json(service)));
        } else {
            printTable(services, screen.out());
        }
        return Command.DONE;
    }

    private static ObjectNode json(PluginService service) {
        return MAPPER.createObjectNode()
                .put("kind", service.kind())
                .put("name", service.name())
                .put("bundle", service.bundle())
                .put("version", service.version());
    }

    private static void printTable(List<PluginService> services, PrintStream out) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("kind", "name", "bundle", "version"));
        services.forEach(
                service -> rows.add(List.of(service.kind(), service.name(), service.bundle(), service.version())));
        Table.leftAligned(rows).forEach(out::println);
    }
}
