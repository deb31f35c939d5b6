package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.training.CheckpointFormat;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.PluginService;
import io.weft.plugins.Plugins;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Finds the checkpoint format that reads a path. */
final class Formats {

    private static final String CONFIG = "config.json";

    /** What PEFT lays beside an adapter's tensors. */
    private static final String ADAPTER = "adapter_config.json";

    private Formats() {}

    /**
     * A lease of the format that recognises the path; the caller closes it.
     *
     * @throws Refusal when there is nothing there, or no format for it
     */
    static Lease<CheckpointFormat> of(Path path, Plugins plugins) {
        if (!Files.exists(path)) {
            throw new Refusal("there is no model " + path + "; give the folder of a checkpoint");
        }
        return recognising(path, plugins).orElseThrow(() -> unrecognised(path, plugins));
    }

    /**
     * A lease of the format that recognises the base of a command that takes an adapter beside it; the caller closes it.
     *
     * @throws Refusal when there is nothing there, no format for it, or it is an adapter itself
     */
    static Lease<CheckpointFormat> ofBase(Path path, Plugins plugins) {
        if (Files.exists(path.resolve(ADAPTER)) && !Files.exists(path.resolve(CONFIG))) {
            throw new Refusal(path + " is an adapter, and no model of its own; give it with " + Evaluate.ADAPTER
                    + ", and the folder of its base with " + Evaluate.MODEL);
        }
        return of(path, plugins);
    }

    private static Refusal unrecognised(Path path, Plugins plugins) {
        Path result = path.resolve("result");
        Optional<Lease<CheckpointFormat>> ofResult = recognising(result, plugins);
        if (ofResult.isPresent()) {
            ofResult.get().close();
            return new Refusal(path + " is the folder of a run, not of a model; give " + result);
        }
        return new Refusal(path + " is no checkpoint that can be read here; there are formats for: "
                + (names(plugins).isEmpty() ? "none" : String.join(", ", names(plugins)))
                + " (a Hugging Face folder holds config.json and *.safetensors)");
    }

    /** A lease of the format that recognises the path, if there is one; the caller closes it. */
    static Optional<Lease<CheckpointFormat>> recognising(Path path, Plugins plugins) {
        for (String name : names(plugins)) {
            Lease<CheckpointFormat> lease = lease(name, plugins);
            boolean recognised = false;
            try {
                recognised = lease.plugin().recognises(path);
            } finally {
                if (!recognised) {
                    lease.close();
                }
            }
            if (recognised) {
                return Optional.of(lease);
            }
        }
        return Optional.empty();
    }

    private static List<String> names(Plugins plugins) {
        return plugins.services().stream()
                .filter(service -> service.kind().equals(CheckpointFormat.class.getSimpleName()))
                .map(PluginService::name)
                .distinct()
                .toList();
    }

    private static Lease<CheckpointFormat> lease(String name, Plugins plugins) {
        try {
            return plugins.lease(CheckpointFormat.class, name);
        } catch (MissingPlugin e) {
            throw e.refusal();
        }
    }
}
