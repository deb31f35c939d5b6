package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.training.CheckpointFormat;
import io.weft.launch.Command;
import io.weft.lm.DatasetDescription;
import io.weft.lm.DatasetDescription.Lengths;
import io.weft.lm.DatasetDescription.Rendered;
import io.weft.lm.DatasetDescription.Tokens;
import io.weft.lm.DatasetRequest;
import io.weft.lm.Datasets;
import io.weft.plugins.Lease;
import io.weft.plugins.Plugins;
import io.weft.server.Figures;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft data}: what is in a file of records. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=data"})
public final class Data implements ShellCommand {

    private static final String TEMPLATE = "--template";
    private static final String MAX_LENGTH = "--max-length";
    private static final String JSON = "--json";

    private static final Manual MANUAL = new Manual(
            "data",
            "Counts and measures the records of a file, and shows the first as a model would read it.",
            Optional.of("FILE"),
            true,
            List.of(
                    Flag.with(TEMPLATE, "NAME", "what turns a record's fields into prompt and completion"),
                    Flag.with(Evaluate.MODEL, "DIR", "a checkpoint, whose tokenizer then counts tokens, too"),
                    Flag.with(
                            MAX_LENGTH,
                            "N",
                            "the most tokens of a record, to see how many are cut; without it, what a job takes: 1024, or the"
                                    + " model's limit if that is less. Needs --model"),
                    Flag.alone(JSON, "prints counts, lengths and the first record as one JSON object")),
            List.of(
                    "Lines that are no records, records that are cut and fields that nothing uses are told on standard error, with"
                            + " file and line.",
                    "Exit code: 0 shown, 2 refused: no file, no template of that name, or no record in the file."),
            List.of(
                    "weft data records.jsonl",
                    "weft data records.jsonl --template alpaca --model models/SmolLM2-135M --max-length 512"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Datasets datasets;
    private final Plugins plugins;

    @Activate
    public Data(@Reference Datasets datasets, @Reference Plugins plugins) {
        this.datasets = datasets;
        this.plugins = plugins;
    }

    /** The Gogo command. */
    public void data(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public List<String> known(String place) {
        return place.equals(TEMPLATE) ? datasets.templates() : List.of();
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException {
        Optional<Path> model = arguments.path(Evaluate.MODEL);
        OptionalInt maxLength = arguments.count(MAX_LENGTH, 2);
        if (maxLength.isPresent() && model.isEmpty()) {
            throw new Refusal("data: " + MAX_LENGTH + " counts tokens, so it needs " + Evaluate.MODEL
                    + " with a checkpoint whose tokenizer makes them");
        }
        var request = new DatasetRequest(List.of(arguments.operandPath()), arguments.text(TEMPLATE), maxLength);
        DatasetDescription description = datasets.describe(request, manifest(model));
        description.notes().forEach(note -> screen.err().println("note: " + note));
        if (arguments.has(JSON)) {
            screen.out().println(json(description));
        } else {
            print(description, screen.out());
        }
        return Command.DONE;
    }

    private Optional<Manifest> manifest(Optional<Path> model) throws IOException {
        if (model.isEmpty()) {
            return Optional.empty();
        }
        try (Lease<CheckpointFormat> format = Formats.of(model.get(), plugins);
                TensorReader reader = format.plugin().open(model.get())) {
            return Optional.of(reader.manifest());
        }
    }

    private static void print(DatasetDescription of, PrintStream out) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("records", Figures.whole(of.records())));
        rows.add(List.of("characters", text(of.characters())));
        of.tokens().ifPresent(tokens -> {
            rows.add(List.of("tokens", text(tokens.lengths())));
            rows.add(List.of("labelled", Figures.whole(tokens.labelled()) + " of them are to be predicted"));
            rows.add(List.of("too long", tooLong(of.records(), tokens)));
        });
        Table.leftAligned(rows).forEach(out::println);
        out.println();
        out.println("first record");
        print(of.first(), out);
    }

    /** A record, each part of it under its name. */
    static void print(Rendered record, PrintStream out) {
        record.prompt().ifPresent(prompt -> {
            out.println("--- prompt");
            out.println(prompt);
        });
        out.println(record.prompt().isPresent() ? "--- completion" : "--- text");
        out.println(record.learned());
        out.println("---");
    }

    private static String text(Lengths lengths) {
        return Figures.whole(lengths.sum()) + ": a record has " + Figures.whole(lengths.shortest()) + " to "
                + Figures.whole(lengths.longest()) + ", half of them up to " + Figures.whole(lengths.median())
                + ", nine in ten up to " + Figures.whole(lengths.most());
    }

    private static String tooLong(long records, Tokens tokens) {
        long cut = tokens.shortenedTexts() + tokens.shortenedPrompts() + tokens.cutAnswers();
        return Figures.whole(cut) + " of " + Figures.whole(records) + " for " + Figures.whole(tokens.maxLength())
                + " tokens";
    }

    private static ObjectNode json(DatasetDescription of) {
        ObjectNode object = MAPPER.createObjectNode().put("lines", of.lines()).put("records", of.records());
        object.set("characters", json(of.characters()));
        of.tokens().ifPresent(tokens -> {
            object.set("tokens", json(tokens.lengths()));
            object.put("labelled", tokens.labelled()).put("maxLength", tokens.maxLength());
            object.put("shortenedTexts", tokens.shortenedTexts())
                    .put("shortenedPrompts", tokens.shortenedPrompts())
                    .put("cutAnswers", tokens.cutAnswers());
        });
        object.set("first", json(of.first()));
        return object;
    }

    static ObjectNode json(Rendered record) {
        ObjectNode object = MAPPER.createObjectNode();
        record.prompt().ifPresent(prompt -> object.put("prompt", prompt));
        return object.put(record.prompt().isPresent() ? "completion" : "text", record.learned());
    }

    private static ObjectNode json(Lengths lengths) {
        return MAPPER.createObjectNode()
                .put("shortest", lengths.shortest())
                .put("median", lengths.median())
                .put("p90", lengths.most())
                .put("longest", lengths.longest())
                .put("sum", lengths.sum());
    }
}
