package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.training.CheckpointFormat;
import io.weft.launch.Command;
import io.weft.plugins.Lease;
import io.weft.plugins.Plugins;
import io.weft.tensor.Digests;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft inspect}: what is in a checkpoint, an adapter or a file. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=inspect"})
public final class Inspect implements ShellCommand {

    private static final String DIGEST = "--digest";
    private static final String JSON = "--json";

    private static final Manual MANUAL = new Manual(
            "inspect",
            "Shows what a checkpoint, an adapter or a safetensors file holds.",
            Optional.of("PATH"),
            true,
            List.of(
                    Flag.alone(
                            DIGEST,
                            "also takes a checkpoint's digest, as model.digest of a job names it; reads every byte"),
                    Flag.alone(
                            JSON,
                            "prints everything as one JSON object, every tensor with its dtype, shape and bytes")),
            List.of(
                    "Without --json, equal tensors of numbered layers share a line: model.layers.0-29.mlp.up_proj.weight stands for"
                            + " thirty. Only the headers of files are read, and nothing is computed, so it takes no time or memory"
                            + " whatever the model's size.",
                    "Exit code: 0 shown, 2 refused."),
            List.of(
                    "weft inspect models/SmolLM2-135M",
                    "weft inspect runs/first/result",
                    "weft inspect runs/first/rounds/3/global.safetensors --json"));

    private final Plugins plugins;

    @Activate
    public Inspect(@Reference Plugins plugins) {
        this.plugins = plugins;
    }

    /** The Gogo command. */
    public void inspect(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException {
        Path path = arguments.operandPath();
        if (!Files.exists(path)) {
            throw new Refusal(
                    "there is no " + path + "; give the folder of a checkpoint or an adapter, or a *.safetensors file");
        }
        boolean folder = Files.isDirectory(path);
        if (arguments.has(DIGEST) && !folder) {
            throw new Refusal("inspect: --digest is of a checkpoint, so it takes the checkpoint's folder; " + path
                    + " is a file ('sha256sum' takes the digest of a file)");
        }
        Inspection inspection = folder ? folder(path) : file(path);
        if (arguments.has(DIGEST)) {
            inspection = inspection.with("digest", Digests.base(path));
        }
        if (arguments.has(JSON)) {
            screen.out().println(inspection.json());
        } else {
            inspection.lines().forEach(screen.out()::println);
        }
        return Command.DONE;
    }

    /** A file that no format claims is read as what most files are. */
    private Inspection file(Path path) throws IOException {
        Optional<Lease<CheckpointFormat>> format = Formats.recognising(path, plugins);
        if (format.isPresent()) {
            return described(path, format.get());
        }
        try (TensorReader reader = Safetensors.openCheckpoint(path)) {
            return Inspection.of(path, reader.manifest());
        }
    }

    private Inspection folder(Path path) throws IOException {
        return described(path, Formats.of(path, plugins));
    }

    private static Inspection described(Path path, Lease<CheckpointFormat> lease) throws IOException {
        try (lease;
                TensorReader reader = lease.plugin().open(path)) {
            return Inspection.of(path, reader.manifest());
        }
    }
}
