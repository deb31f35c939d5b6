package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.launch.Command;
import io.weft.lm.DatasetDescription;
import io.weft.lm.DatasetRequest;
import io.weft.lm.Datasets;
import io.weft.server.Figures;
import io.weft.site.catalogue.CatalogueDataset;
import io.weft.site.catalogue.HomeCatalogue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft datasets}: this site's catalogue of records. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=datasets"})
public final class ListDatasets implements ShellCommand {

    private static final String NAME = "NAME";
    private static final String JSON = "--json";

    private static final Manual MANUAL = new Manual(
            "datasets",
            "Shows the datasets of this site: how many records each has, and the first as a model would read it.",
            Optional.of(NAME),
            false,
            List.of(Flag.alone(JSON, "prints one JSON object a dataset, with its first record")),
            List.of(
                    "They are named in the home's conf/datasets.yaml (docs/site.md). All that is shown stays on this machine: a server knows"
                            + " none of it.",
                    "With NAME, only that dataset is shown. Exit code: 0 shown, 1 some dataset cannot be read and why is said, 2 refused."),
            List.of("weft datasets", "weft datasets dolly --home clinics/north"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Datasets datasets;
    private final HomeCatalogue catalogue;

    @Activate
    public ListDatasets(@Reference Datasets datasets, @Reference HomeCatalogue catalogue) {
        this.datasets = datasets;
        this.catalogue = catalogue;
    }

    /** The Gogo command. */
    public void datasets(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public List<String> known(String place) {
        return place.equals(NAME) ? catalogue.datasets() : List.of();
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException {
        Collection<CatalogueDataset> asked = asked(arguments.operand());
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("name", "records", "files", "size", "template", "split"));
        var samples = new ArrayList<Runnable>();
        boolean whole = true;
        for (CatalogueDataset dataset : asked) {
            try {
                List<Path> files = catalogue.files(dataset);
                DatasetDescription description = datasets.describe(
                        new DatasetRequest(files, dataset.template(), OptionalInt.empty()), Optional.empty());
                long bytes = bytes(files);
                if (arguments.has(JSON)) {
                    screen.out().println(json(dataset, files, bytes, description));
                } else {
                    rows.add(row(dataset, files, bytes, description));
                    samples.add(() -> {
                        screen.out().println();
                        screen.out().println("first record of " + dataset.name());
                        Data.print(description.first(), screen.out());
                    });
                }
                description.notes().forEach(note -> screen.err().println("note: " + note));
            } catch (Refusal e) {
                whole = false;
                screen.err().println("weft: " + dataset.name() + ": " + e.getMessage());
            }
        }
        if (!arguments.has(JSON) && rows.size() > 1) {
            Table.aligned(rows, column -> column == 0 || column > 3).forEach(screen.out()::println);
            samples.forEach(Runnable::run);
        }
        if (asked.isEmpty()) {
            screen.err()
                    .println("no dataset is named in conf/datasets.yaml of this home; a line there is such as"
                            + " 'dolly: {files: [records/dolly-*.jsonl]}'");
        }
        return whole ? Command.DONE : Command.FAILED;
    }

    private Collection<CatalogueDataset> asked(Optional<String> name) {
        SortedMap<String, CatalogueDataset> all = catalogue.allDatasets();
        if (name.isEmpty()) {
            return all.values();
        }
        if (!all.containsKey(name.get())) {
            throw new Refusal("there is no dataset '" + name.get() + "' here" + Nearest.hint(name.get(), all.keySet())
                    + " (there are: " + (all.isEmpty() ? "none" : String.join(", ", all.keySet())) + ")");
        }
        return List.of(all.get(name.get()));
    }

    private static List<String> row(
            CatalogueDataset dataset, List<Path> files, long bytes, DatasetDescription description) {
        return List.of(
                dataset.name(),
                Figures.whole(description.records()),
                Figures.whole(files.size()),
                Figures.bytes(bytes),
                dataset.template().orElse("–"),
                dataset.split().orElse("–"));
    }

    private static ObjectNode json(
            CatalogueDataset dataset, List<Path> files, long bytes, DatasetDescription description) {
        ObjectNode object = MAPPER.createObjectNode()
                .put("name", dataset.name())
                .put("records", description.records())
                .put("files", files.size())
                .put("bytes", bytes);
        dataset.template().ifPresent(template -> object.put("template", template));
        dataset.split().ifPresent(split -> object.put("split", split));
        object.set("first", Data.json(description.first()));
        return object;
    }

    private static long bytes(List<Path> files) throws IOException {
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
        }
        return bytes;
    }
}
