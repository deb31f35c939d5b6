package io.weft.hf.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.tensor.Described;
import io.weft.tensor.Safetensors;
import io.weft.tensor.ShardedSafetensors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A checkpoint's or an adapter's folder: finds its files, or says which of them are not there. */
final class Folder {

    static final String CONFIG = "config.json";
    static final String ADAPTER_CONFIG = "adapter_config.json";

    private static final String RESULT = "result";
    private static final String WEIGHTS = "model.safetensors";
    private static final String ADAPTER_WEIGHTS = "adapter_model.safetensors";
    private static final String POINTER_START = "version https://git-lfs";
    private static final int NAMES_SHOWN = 8;

    /** What lies beside a checkpoint's weights and belongs to the model. */
    private static final List<String> COMPANIONS = List.of(
            CONFIG,
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja",
            "vocab.json",
            "vocab.txt",
            "merges.txt",
            "tokenizer.model");

    private final Path path;

    Folder(Path path) {
        this.path = path;
    }

    /** Whether a folder has any file that makes it worth opening here, if only to say what is missing. */
    static boolean holdsAnything(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .anyMatch(name -> name.equals(CONFIG)
                            || name.equals(ADAPTER_CONFIG)
                            || name.endsWith(".safetensors")
                            || isPickled(name));
        } catch (IOException e) {
            return false; // A folder that cannot be listed is nobody's; whoever opens it hears why.
        }
    }

    /** Whether a folder is that of a run, whose model or adapter lies a folder deeper. */
    static boolean isRun(Path folder) {
        Path result = folder.resolve(RESULT);
        return Files.isDirectory(result) && holdsAnything(result);
    }

    TensorReader open() throws IOException {
        boolean weights = has(WEIGHTS) || has(ShardedSafetensors.INDEX);
        boolean adapter = has(ADAPTER_CONFIG) || has(ADAPTER_WEIGHTS);
        if (weights && adapter) {
            throw new Refusal(
                    "%s: holds a model and an adapter (%s); move the adapter's two files into a folder of their own"
                            .formatted(path, has(ADAPTER_CONFIG) ? ADAPTER_CONFIG : ADAPTER_WEIGHTS));
        }
        return adapter ? openAdapter() : openCheckpoint();
    }

    private TensorReader openAdapter() throws IOException {
        if (!has(ADAPTER_CONFIG)) {
            throw new Refusal("%s: has %s but no %s, which says how it is applied; copy it from where the adapter came"
                    .formatted(path, ADAPTER_WEIGHTS, ADAPTER_CONFIG));
        }
        if (!has(ADAPTER_WEIGHTS)) {
            throw new Refusal(
                    has("adapter_model.bin")
                            ? path
                                    + ": has only adapter_model.bin, which runs code when it is read; convert it with PEFT:"
                                    + " PeftModel.from_pretrained(base, '%s').save_pretrained('%<s-safetensors')"
                                            .formatted(path)
                            : "%s: has no %s".formatted(path, ADAPTER_WEIGHTS) + found());
        }
        refusePointer(ADAPTER_WEIGHTS);
        List<Companion> companions = companions(List.of(ADAPTER_CONFIG));
        return described(Safetensors.openCheckpoint(path.resolve(ADAPTER_WEIGHTS)), ADAPTER_WEIGHTS, companions);
    }

    private TensorReader openCheckpoint() throws IOException {
        if (!has(CONFIG)) {
            throw new Refusal("%s: has neither %s nor %s, so it is neither a checkpoint nor an adapter"
                            .formatted(path, CONFIG, ADAPTER_CONFIG)
                    + (isRun(path) ? "; it is the folder of a run: give " + path.resolve(RESULT) : found()));
        }
        if (!has(WEIGHTS) && !has(ShardedSafetensors.INDEX)) {
            throw new Refusal(withoutWeights());
        }
        List<Companion> companions = companions(COMPANIONS);
        if (has(WEIGHTS)) {
            refusePointer(WEIGHTS);
            return described(Safetensors.openCheckpoint(path.resolve(WEIGHTS)), WEIGHTS, companions);
        }
        return described(ShardedSafetensors.open(path), WEIGHTS, companions);
    }

    private String withoutWeights() throws IOException {
        List<String> names = names();
        if (names.stream().anyMatch(name -> name.matches("model-\\d+-of-\\d+\\.safetensors"))) {
            return "%s: has shards of a model but no %s, which says what lies where; copy it from where the shards came"
                    .formatted(path, ShardedSafetensors.INDEX);
        }
        if (names.stream().anyMatch(Folder::isPickled)) {
            return path
                    + ": has its weights only as pickled files, which run code when they are read; convert them with Transformers:"
                    + " AutoModelForCausalLM.from_pretrained('%s').save_pretrained('%<s-safetensors'), then copy the tokenizer files"
                            .formatted(path);
        }
        return "%s: has no %s".formatted(path, WEIGHTS) + found();
    }

    private static boolean isPickled(String name) {
        return name.matches("(pytorch_model|adapter_model).*\\.bin|.*\\.(pt|pth|ckpt)");
    }

    private static TensorReader described(TensorReader tensors, String layout, List<Companion> companions) {
        return new Described(tensors, new Manifest(layout, tensors.manifest().tensors(), companions, ""));
    }

    private List<Companion> companions(List<String> names) throws IOException {
        List<Companion> companions = new ArrayList<>();
        for (String name : names) {
            if (has(name)) {
                Path file = path.resolve(name);
                Companion companion = new Companion(name, Files.readAllBytes(file));
                if (name.equals(CONFIG) || name.equals(ADAPTER_CONFIG)) {
                    JsonObject.check(file, companion.content());
                }
                companions.add(companion);
            }
        }
        return companions;
    }

    /** A clone without Git LFS has a few lines of text in the place of every large file. */
    private void refusePointer(String name) throws IOException {
        Path file = path.resolve(name);
        try (InputStream in = Files.newInputStream(file)) {
            if (new String(in.readNBytes(POINTER_START.length()), StandardCharsets.US_ASCII).equals(POINTER_START)) {
                throw new Refusal(file + ": is a Git LFS pointer, not the weights; run 'git lfs pull' in that folder");
            }
        }
    }

    private boolean has(String name) {
        return Files.isRegularFile(path.resolve(name));
    }

    private String found() throws IOException {
        List<String> names = names();
        if (names.isEmpty()) {
            return "; the folder is empty";
        }
        String more = names.size() > NAMES_SHOWN ? ", … (%d files)".formatted(names.size()) : "";
        return "; found: " + String.join(", ", names.subList(0, Math.min(NAMES_SHOWN, names.size()))) + more;
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
