package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.CheckpointFormat;
import io.weft.exchange.coding.Coding;
import io.weft.exchange.coding.Measured;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.job.Section;
import io.weft.launch.Command;
import io.weft.plugins.JobScope;
import io.weft.plugins.JobWatch;
import io.weft.plugins.Lease;
import io.weft.plugins.PluginService;
import io.weft.plugins.Plugins;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft wire-sizes}: what every quantizer makes of a model's tensors. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=wire-sizes"})
public final class WireSizes implements ShellCommand, Function {

    private static final String JSON = "--json";
    private static final String PLAIN = "fp32";
    private static final double MEBIBYTE = 1 << 20;

    /** The order in which people compare them; others come after, by name. */
    private static final List<String> ORDER = List.of("fp16", "bf16", "int8", "fp4", "nf4", "lossless");

    private static final Manual MANUAL = new Manual(
            "wire-sizes",
            "Codes every floating-point tensor of a model with every quantizer, and shows the sizes and what is lost.",
            Optional.of("MODEL"),
            true,
            List.of(Flag.alone(
                    JSON,
                    "prints one JSON object a quantizer: codec, rawBytes, encodedBytes, metaBytes, ratio, relativeError, cosine;"
                            + " or codec, rawBytes, refused")),
            List.of(
                    "MODEL is the folder of a checkpoint or an adapter, or a *.safetensors file. The raw size is that of fp32, in which"
                            + " tensors travel without a quantizer; meta is what comes with the codes, such as scales. Quantizers have the"
                            + " options that they have by default, and small tensors are coded too, which a job leaves as they are.",
                    "Error is the norm of what is lost over the norm of the values, cosine that of the angle between the two, over all"
                            + " tensors together. Sizes are in MiB. One piece of one tensor is in memory at a time.",
                    "Where a quantizer refuses a tensor, such as one with values that are no numbers, the reason stands under the table.",
                    "Exit code: 0 shown, 2 refused."),
            List.of("weft wire-sizes examples/quickstart/base", "weft wire-sizes runs/first/result --json"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Plugins plugins;

    @Activate
    public WireSizes(@Reference Plugins plugins) {
        this.plugins = plugins;
    }

    /** The Gogo command, whose name is not one that a method can have. */
    @Override
    public Object execute(CommandSession session, List<Object> words) throws InterruptedException {
        Session.run(this, session, words.stream().map(String::valueOf).toArray(String[]::new));
        return null;
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    /** What a quantizer makes of a model. */
    private sealed interface Row {

        String codec();

        /** The tensors were coded. */
        record Coded(String codec, Measured measured) implements Row {

            double ratio() {
                return (double) measured.rawBytes() / Math.max(1, measured.encodedBytes() + measured.metaBytes());
            }
        }

        /** The quantizer cannot carry one of them. */
        record Refused(String codec, long rawBytes, String reason) implements Row {}
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException {
        Path path = arguments.operandPath();
        if (!Files.exists(path)) {
            throw new Refusal(
                    "there is no " + path + "; give the folder of a checkpoint or an adapter, or a *.safetensors file");
        }
        Optional<Lease<CheckpointFormat>> format =
                Files.isDirectory(path) ? Optional.of(Formats.of(path, plugins)) : Formats.recognising(path, plugins);
        List<Row> rows;
        if (format.isPresent()) {
            try (Lease<CheckpointFormat> lease = format.get();
                    TensorReader model = lease.plugin().open(path)) {
                rows = rows(path, model);
            }
        } else {
            try (TensorReader model = Safetensors.openCheckpoint(path)) {
                rows = rows(path, model);
            }
        }
        if (arguments.has(JSON)) {
            rows.forEach(row -> screen.out().println(json(row)));
        } else {
            table(rows).forEach(screen.out()::println);
        }
        return Command.DONE;
    }

    private List<Row> rows(Path path, TensorReader model) throws IOException {
        List<TensorSpec> tensors = model.manifest().tensors().stream()
                .filter(tensor -> tensor.type().decodable())
                .toList();
        if (tensors.isEmpty()) {
            throw new Refusal(path + " has no floating-point tensors, and no others are coded");
        }
        long raw = tensors.stream().mapToLong(TensorSpec::elements).sum() * Float.BYTES;
        List<Row> rows = new ArrayList<>();
        rows.add(new Row.Coded(PLAIN, new Measured(raw, raw, 0, 0, 1)));
        for (String name : names()) {
            rows.add(row(name, raw, model, tensors));
        }
        return rows;
    }

    private List<String> names() {
        return plugins.services().stream()
                .filter(service -> service.kind().equals(Quantizer.class.getSimpleName()))
                .map(PluginService::name)
                .distinct()
                .sorted(Comparator.comparingInt(WireSizes::place).thenComparing(name -> name))
                .toList();
    }

    private static int place(String name) {
        return ORDER.contains(name) ? ORDER.indexOf(name) : ORDER.size();
    }

    private Row row(String name, long raw, TensorReader model, List<TensorSpec> tensors) throws IOException {
        Job job = JobFile.parse(
                "{name: sizes, workflow: {rounds: 1}, model: {base: any}, trainer: any, wire: {up: '" + name + "'}}",
                "wire-sizes");
        Section section = job.codedUp().orElseThrow().section();
        JobScope.Place nowhere = new JobScope.Place("sizes", Optional.empty(), 0, Path.of("."));
        try (JobScope scope = new JobScope(plugins, nowhere, job, new Unwatched())) {
            Coding coding = new Coding(name, scope.plugin(Quantizer.class, section), Coding.Rules.ALL);
            return new Row.Coded(name, Measured.of(coding, model, tensors));
        } catch (Refusal e) {
            return new Row.Refused(name, raw, e.getMessage());
        }
    }

    private static ObjectNode json(Row row) {
        ObjectNode node = MAPPER.createObjectNode().put("codec", row.codec());
        if (row instanceof Row.Refused refused) {
            return node.put("rawBytes", refused.rawBytes()).put("refused", refused.reason());
        }
        Row.Coded coded = (Row.Coded) row;
        return node.put("rawBytes", coded.measured().rawBytes())
                .put("encodedBytes", coded.measured().encodedBytes())
                .put("metaBytes", coded.measured().metaBytes())
                .put("ratio", coded.ratio())
                .put("relativeError", coded.measured().relativeError())
                .put("cosine", coded.measured().cosine());
    }

    private static List<String> table(List<Row> rows) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(List.of("codec", "raw MiB", "encoded MiB", "meta MiB", "ratio", "error", "cosine"));
        List<String> reasons = new ArrayList<>();
        for (Row row : rows) {
            if (row instanceof Row.Refused refused) {
                cells.add(List.of(refused.codec(), mebibytes(refused.rawBytes()), "–", "–", "–", "–", "–"));
                reasons.add(refused.codec() + ": " + refused.reason());
            } else if (row instanceof Row.Coded coded) {
                cells.add(cells(coded));
            }
        }
        return Stream.concat(Table.aligned(cells, column -> column == 0).stream(), reasons.stream())
                .toList();
    }

    private static List<String> cells(Row.Coded row) {
        Measured measured = row.measured();
        return List.of(
                row.codec(),
                mebibytes(measured.rawBytes()),
                mebibytes(measured.encodedBytes()),
                mebibytes(measured.metaBytes()),
                String.format(Locale.ROOT, "%.3f", row.ratio()),
                String.format(Locale.ROOT, "%.6f", measured.relativeError()),
                String.format(Locale.ROOT, "%.7f", measured.cosine()));
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.2f", bytes / MEBIBYTE);
    }

    /** Nobody waits for a measurement's plugins, and they report nothing. */
    private static final class Unwatched implements JobWatch {

        @Override
        public void leased(String kind, String name, Lease<?> lease) {}

        @Override
        public void reported(int round, String metric, double value) {}

        @Override
        public void noted(String message) {}

        @Override
        public void progressed(int round, String activity, long done, long total, Map<String, Double> values) {}

        @Override
        public void checkCancelled() {}
    }
}
