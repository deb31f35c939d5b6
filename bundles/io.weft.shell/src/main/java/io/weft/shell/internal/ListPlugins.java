package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.exchange.Message;
import io.weft.launch.Command;
import io.weft.plugins.PluginFile;
import io.weft.plugins.PluginService;
import io.weft.plugins.PluginState;
import io.weft.plugins.Plugins;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft plugins}: the plugin services there are, and what lies in the plugin folders. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=plugins"})
public final class ListPlugins implements ShellCommand {

    private static final String JSON = "--json";

    private static final String NAME = "NAME";

    private static final Manual MANUAL = new Manual(
            "plugins",
            "Lists the plugins that job files can name, and every file in the plugin folders with why it is not active.",
            Optional.of(NAME),
            false,
            List.of(
                    Flag.with("--kit", "DIR", "your startup kit: lists the plugin services of its server"),
                    AdminConnections.WAIT,
                    Flag.alone(
                            JSON,
                            "prints one JSON object a line, for a service with `kind` and `name`, for a file with `file`")),
            List.of(
                    "Plugins lie in the home's plugins/ and in the installation's, and a few in its bundle/. Both plugins/ are watched:"
                            + " a jar that is dropped in works at once, one that is replaced or removed works on for the round that"
                            + " holds it.",
                    "With NAME, only the plugins of that name are listed, and the files that they come from. A runtime that stays, such as a"
                            + " running simulation or an open shell, is asked when one runs in this home; otherwise one is started for"
                            + " the question.",
                    "States: active; shadowed (another plugin of that kind and name comes first: the home's before the"
                            + " distribution's, then the higher version, then the newer file); draining (its file is gone or replaced,"
                            + " and somebody still holds it); inactive, with the reason."),
            List.of(
                    "weft plugins",
                    "weft plugins lora",
                    "weft plugins --json",
                    "weft plugins --kit kits/lead@example.org"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Plugins plugins;
    private final AdminConnections connections;

    @Activate
    public ListPlugins(@Reference Plugins plugins, @Reference AdminConnections connections) {
        this.plugins = plugins;
        this.connections = connections;
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
    public boolean isOfTheRuntime() {
        return true;
    }

    @Override
    public List<String> known(String place) {
        return place.equals(NAME) ? names(plugins.services()) : List.of();
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        boolean remote = arguments.has(AdminConnections.KIT.name());
        List<PluginService> services = remote ? ofTheServer(arguments, screen) : plugins.services();
        List<PluginFile> files = remote ? List.of() : plugins.files();
        if (arguments.operand().isPresent()) {
            String name = arguments.operand().get();
            services = named(name, services);
            files = from(services, files);
        }
        if (arguments.has(JSON)) {
            services.forEach(service -> screen.out().println(json(service)));
            files.forEach(file -> screen.out().println(json(file)));
        } else {
            printServices(services, screen.out());
            printFiles(files, screen.out());
        }
        return Command.DONE;
    }

    /** Where its files lie is the server's own affair. */
    private List<PluginService> ofTheServer(Arguments arguments, Screen screen)
            throws IOException, InterruptedException {
        try (AdminConnection connection = connections.open(arguments, screen)) {
            return connection.ask(new Message.Admin.ListPlugins(), Message.Admin.Plugins.class).plugins().stream()
                    .map(line -> new PluginService(
                            line.kind(),
                            line.name(),
                            line.bundle(),
                            line.version(),
                            PluginState.valueOf(line.state()),
                            line.reason()))
                    .toList();
        }
    }

    private static List<String> names(List<PluginService> services) {
        return services.stream().map(PluginService::name).distinct().sorted().toList();
    }

    private static List<PluginService> named(String name, List<PluginService> services) {
        List<PluginService> found =
                services.stream().filter(service -> service.name().equals(name)).toList();
        if (found.isEmpty()) {
            List<String> names = names(services);
            throw new Refusal("there is no plugin '" + name + "'" + Nearest.hint(name, names) + " (there are: "
                    + String.join(", ", names) + "); 'weft plugins' also lists files that are not active");
        }
        return found;
    }

    private static List<PluginFile> from(List<PluginService> services, List<PluginFile> files) {
        return files.stream()
                .filter(file -> services.stream()
                        .anyMatch(service -> service.bundle().equals(file.bundle())
                                && service.version().equals(file.version())))
                .toList();
    }

    private static ObjectNode json(PluginService service) {
        return MAPPER.createObjectNode()
                .put("kind", service.kind())
                .put("name", service.name())
                .put("bundle", service.bundle())
                .put("version", service.version())
                .put("state", word(service.state()))
                .put("reason", service.reason());
    }

    private static ObjectNode json(PluginFile file) {
        return MAPPER.createObjectNode()
                .put("file", file.file().toString())
                .put("state", word(file.state()))
                .put("bundle", file.bundle())
                .put("version", file.version())
                .put("sha256", file.sha256())
                .put("reason", file.reason());
    }

    private static void printServices(List<PluginService> services, PrintStream out) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("kind", "name", "state", "bundle", "version", ""));
        services.forEach(service -> rows.add(List.of(
                service.kind(),
                service.name(),
                word(service.state()),
                service.bundle(),
                service.version(),
                service.reason())));
        Table.leftAligned(rows).forEach(out::println);
    }

    /** A table a folder; the reason stands last, because it is a sentence. */
    private static void printFiles(List<PluginFile> files, PrintStream out) {
        Map<Path, List<List<String>>> folders = new LinkedHashMap<>();
        files.forEach(file -> folders.computeIfAbsent(file.file().getParent(), folder -> new ArrayList<>())
                .add(List.of(
                        "  " + file.file().getFileName(),
                        word(file.state()),
                        file.bundle(),
                        file.version(),
                        file.reason())));
        folders.forEach((folder, rows) -> {
            out.println();
            out.println(folder);
            Table.leftAligned(rows).forEach(out::println);
        });
    }

    private static String word(PluginState state) {
        return state.name().toLowerCase(Locale.ROOT);
    }
}
