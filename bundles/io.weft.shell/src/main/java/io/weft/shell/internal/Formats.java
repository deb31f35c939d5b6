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

/** Finds the checkpoint format that reads a path. */
final class Formats {

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
        List<String> names = plugins.services().stream()
                .filter(service -> service.kind().equals(CheckpointFormat.class.getSimpleName()))
                .map(PluginService::name)
                .distinct()
                .toList();
        for (String name : names) {
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
                return lease;
            }
        }
        throw new Refusal(path + " is no checkpoint that can be read here; there are formats for: "
                + (names.isEmpty() ? "none" : String.join(", ", names))
                + " (a Hugging Face folder holds config.json and *.safetensors)");
    }

    private static Lease<CheckpointFormat> lease(String name, Plugins plugins) {
        try {
            return plugins.lease(CheckpointFormat.class, name);
        } catch (MissingPlugin e) {
            throw e.refusal();
        }
    }
}
