package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.training.CheckpointFormat;
import io.weft.lm.ModelSummary;
import io.weft.plugins.Lease;
import io.weft.plugins.Plugins;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A base that a job can be written for. */
record FoundModel(Path folder, Manifest manifest, ModelSummary summary) {

    private static final String CONFIG = "config.json";

    /** Looks at the checkpoint in that folder. */
    static FoundModel at(Path folder, Plugins plugins) throws IOException {
        try (Lease<CheckpointFormat> format = Formats.of(folder, plugins);
                TensorReader reader = format.plugin().open(folder)) {
            return new FoundModel(folder, reader.manifest(), ModelSummary.of(folder, reader.manifest()));
        }
    }

    /**
     * The one checkpoint that a folder is, or that lies in it or in a folder of it.
     *
     * @throws Refusal when there is none, or more than one
     */
    static FoundModel in(Path folder, Plugins plugins) throws IOException {
        if (isCheckpoint(folder, plugins)) {
            return at(folder, plugins);
        }
        List<Path> found = new ArrayList<>();
        for (Path child : folders(folder)) {
            if (isCheckpoint(child, plugins)) {
                found.add(child);
            } else {
                for (Path grandchild : folders(child)) {
                    if (isCheckpoint(grandchild, plugins)) {
                        found.add(grandchild);
                    }
                }
            }
        }
        if (found.size() != 1) {
            throw new Refusal(
                    found.isEmpty()
                            ? "there is no base in " + folder
                                    + "; copy a checkpoint into a folder of it (config.json, tokenizer.json,"
                                    + " *.safetensors), or name one with --model DIR"
                            : folder + " has more than one base: "
                                    + found.stream().map(Path::toString).collect(Collectors.joining(", "))
                                    + "; name one with --model DIR");
        }
        return at(found.get(0), plugins);
    }

    /** Adapters and results of runs are no bases: the one has no config.json, the others lie deeper. */
    private static boolean isCheckpoint(Path folder, Plugins plugins) {
        if (!Files.exists(folder.resolve(CONFIG))) {
            return false;
        }
        Optional<Lease<CheckpointFormat>> format = Formats.recognising(folder, plugins);
        format.ifPresent(Lease::close);
        return format.isPresent();
    }

    private static List<Path> folders(Path parent) throws IOException {
        try (Stream<Path> entries = Files.list(parent)) {
            return entries.filter(Files::isDirectory)
                    .filter(entry -> !entry.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        }
    }
}
