package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.CheckpointFormat;
import io.weft.launch.Command;
import io.weft.models.ModelCatalogue;
import io.weft.models.SharedModels.SharedModel;
import io.weft.plugins.Lease;
import io.weft.plugins.Plugins;
import io.weft.server.Figures;
import io.weft.tensor.Digests;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft models}: the bases of this home. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=models"})
public final class ListModels implements ShellCommand {

    private static final String NAME = "NAME";
    private static final String JSON = "--json";

    private static final Manual MANUAL = new Manual(
            "models",
            "Shows the models of this site or server with their content hashes, as model.digest of a job names them.",
            Optional.of(NAME),
            false,
            List.of(Flag.alone(JSON, "prints one JSON object a model")),
            List.of(
                    "They are named in the home's conf/models.yaml (docs/site.md). A model's hash is taken once, which reads all of it, and"
                            + " kept in data/models until a file of the model changes. Models that a site has from its server, because a job"
                            + " shared them, come with the job that brought them.",
                    "With NAME, only that model is shown. Exit code: 0 shown, 1 some model cannot be read and why is said, 2 refused."),
            List.of("weft models", "weft models smollm2 --json"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Plugins plugins;
    private final ModelCatalogue catalogue;

    @Activate
    public ListModels(@Reference Plugins plugins, @Reference ModelCatalogue catalogue) {
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
        return place.equals(NAME) ? catalogue.names() : List.of();
    }

    /**
     * A model that is to be shown.
     *
     * @param shared empty for one that the catalogue names
     */
    private record Named(String name, Optional<SharedModel> shared) {}

    /** What is shown of a model. */
    private record Found(String name, Path folder, long parameters, long bytes, String digest, String from) {}

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException {
        List<Named> asked = asked(arguments.operand());
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("name", "parameters", "size", "digest", "from", "folder"));
        boolean whole = true;
        for (Named model : asked) {
            try {
                Found found = find(model);
                if (arguments.has(JSON)) {
                    screen.out().println(json(found));
                } else {
                    rows.add(List.of(
                            found.name(),
                            Figures.whole(found.parameters()),
                            Figures.bytes(found.bytes()),
                            found.digest(),
                            found.from(),
                            found.folder().toString()));
                }
            } catch (Refusal e) {
                whole = false;
                screen.err().println("weft: " + model.name() + ": " + e.getMessage());
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

    private List<Named> asked(Optional<String> name) throws IOException {
        List<Named> all = new ArrayList<>();
        catalogue.names().forEach(one -> all.add(new Named(one, Optional.empty())));
        catalogue.shared().all().forEach(one -> all.add(new Named(one.name(), Optional.of(one))));
        if (name.isEmpty()) {
            return all;
        }
        List<Named> asked =
                all.stream().filter(model -> model.name().equals(name.get())).toList();
        if (asked.isEmpty()) {
            List<String> names = all.stream().map(Named::name).distinct().toList();
            throw new Refusal("there is no model '" + name.get() + "' here" + Nearest.hint(name.get(), names)
                    + " (there are: " + (names.isEmpty() ? "none" : String.join(", ", names)) + ")");
        }
        return asked;
    }

    private Found find(Named model) throws IOException {
        String name = model.name();
        Path folder = model.shared()
                .map(SharedModel::folder)
                .orElseGet(() -> catalogue.model(name).orElseThrow());
        String from = model.shared()
                .map(shared -> "the server, for job " + shared.job() + " of " + shared.submitter() + ", "
                        + shared.received().replaceAll("[.].*|Z$", "").replace("T", " "))
                .orElse("conf/models.yaml");
        String digest = model.shared().isPresent() ? model.shared().get().digest() : catalogue.digest(name);
        Size size = hasFormats() ? sized(folder) : sizedByTables(folder);
        return new Found(name, folder, size.parameters(), size.bytes(), digest, from);
    }

    private record Size(long parameters, long bytes) {

        static Size of(List<TensorSpec> tensors) {
            return new Size(
                    tensors.stream().mapToLong(TensorSpec::elements).sum(),
                    tensors.stream().mapToLong(TensorSpec::bytes).sum());
        }
    }

    /** A server has none, because it opens no model. */
    private boolean hasFormats() {
        return plugins.services().stream()
                .anyMatch(service -> service.kind().equals(CheckpointFormat.class.getSimpleName()));
    }

    private Size sized(Path folder) throws IOException {
        try (Lease<CheckpointFormat> format = Formats.of(folder, plugins);
                TensorReader reader = format.plugin().open(folder)) {
            return Size.of(reader.manifest().tensors());
        }
    }

    /** As the tables of contents of the weights say. */
    private static Size sizedByTables(Path folder) throws IOException {
        List<Path> weights = Files.isDirectory(folder)
                ? Digests.baseFiles(folder).values().stream()
                        .filter(file -> file.toString().endsWith(".safetensors"))
                        .toList()
                : List.of(folder);
        List<TensorSpec> tensors = new ArrayList<>();
        for (Path file : weights) {
            try (TensorReader reader = Safetensors.openCheckpoint(file)) {
                tensors.addAll(reader.manifest().tensors());
            }
        }
        return Size.of(tensors);
    }

    private static ObjectNode json(Found found) {
        return MAPPER.createObjectNode()
                .put("name", found.name())
                .put("parameters", found.parameters())
                .put("bytes", found.bytes())
                .put("digest", found.digest())
                .put("from", found.from())
                .put("folder", found.folder().toString());
    }
}
