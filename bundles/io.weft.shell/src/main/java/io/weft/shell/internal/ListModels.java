package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.CheckpointFormat;
import io.weft.launch.Command;
import io.weft.plugins.Lease;
import io.weft.plugins.Plugins;
import io.weft.server.Figures;
import io.weft.site.catalogue.HomeCatalogue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft models}: this site's catalogue of bases. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=models"})
public final class ListModels implements ShellCommand {

    private static final String NAME = "NAME";
    private static final String JSON = "--json";

    private static final Manual MANUAL = new Manual(
            "models",
            "Shows the models of this site with their content hashes, as model.digest of a job names them.",
            Optional.of(NAME),
            false,
            List.of(Flag.alone(JSON, "prints one JSON object a model")),
            List.of(
                    "They are named in the home's conf/models.yaml (docs/site.md). A model's hash is taken once, which reads all of it, and"
                            + " kept in data/models until a file of the model changes.",
                    "With NAME, only that model is shown. Exit code: 0 shown, 1 some model cannot be read and why is said, 2 refused."),
            List.of("weft models", "weft models smollm2 --json"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Plugins plugins;
    private final HomeCatalogue catalogue;

    @Activate
    public ListModels(@Reference Plugins plugins, @Reference HomeCatalogue catalogue) {
        this.plugins = plugins;
        this.catalogue = catalogue;
    }

    /** The Gogo command. */
    public void models(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public List<String> known(String place) {
        return place.equals(NAME) ? catalogue.models() : List.of();
    }

    /** What is shown of a model. */
    private record Found(String name, Path folder, long parameters, long bytes, String digest) {}

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException {
        List<String> asked = asked(arguments.operand());
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("name", "parameters", "size", "digest", "folder"));
        boolean whole = true;
        for (String name : asked) {
            try {
                Found found = find(name);
                if (arguments.has(JSON)) {
                    screen.out().println(json(found));
                } else {
                    rows.add(List.of(
                            name,
                            Figures.whole(found.parameters()),
                            Figures.bytes(found.bytes()),
                            found.digest(),
                            found.folder().toString()));
                }
            } catch (Refusal e) {
                whole = false;
                screen.err().println("weft: " + name + ": " + e.getMessage());
            }
        }
        if (rows.size() > 1) {
            Table.aligned(rows, column -> column == 0 || column > 2).forEach(screen.out()::println);
        }
        if (asked.isEmpty()) {
            screen.err()
                    .println(
                            "no model is named in conf/models.yaml of this home; a line there is such as 'smollm2: {folder: models/SmolLM2-135M}'");
        }
        return whole ? Command.DONE : Command.FAILED;
    }

    private List<String> asked(Optional<String> name) {
        List<String> all = catalogue.models();
        if (name.isPresent() && !all.contains(name.get())) {
            throw new Refusal("there is no model '" + name.get() + "' here" + Nearest.hint(name.get(), all)
                    + " (there are: " + (all.isEmpty() ? "none" : String.join(", ", all)) + ")");
        }
        return name.map(List::of).orElse(all);
    }

    private Found find(String name) throws IOException {
        Path folder = catalogue.model(name).orElseThrow();
        try (Lease<CheckpointFormat> format = Formats.of(folder, plugins);
                TensorReader reader = format.plugin().open(folder)) {
            Manifest manifest = reader.manifest();
            long parameters =
                    manifest.tensors().stream().mapToLong(TensorSpec::elements).sum();
            return new Found(name, folder, parameters, manifest.bytes(), catalogue.digest(name));
        }
    }

    private static ObjectNode json(Found found) {
        return MAPPER.createObjectNode()
                .put("name", found.name())
                .put("parameters", found.parameters())
                .put("bytes", found.bytes())
                .put("digest", found.digest())
                .put("folder", found.folder().toString());
    }
}
