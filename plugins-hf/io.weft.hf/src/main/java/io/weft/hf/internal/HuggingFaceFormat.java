package io.weft.hf.internal;

import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.CheckpointFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.osgi.service.component.annotations.Component;

/**
 * Folders as Transformers and PEFT save them: a checkpoint ({@code config.json}, tokenizer files, {@code model.safetensors} or its
 * shards) or an adapter ({@code adapter_config.json}, {@code adapter_model.safetensors}).
 */
@Component(property = Plugin.NAME + "=hf")
public final class HuggingFaceFormat implements CheckpointFormat {

    @Override
    public boolean recognises(Path path) {
        return Files.isDirectory(path) && Folder.holdsAnything(path);
    }

    @Override
    public TensorReader open(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new Refusal(path + ": there is no such folder");
        }
        if (!Files.isDirectory(path)) {
            throw new Refusal(path
                    + ": is a file; give the folder with %s or %s and the weights"
                            .formatted(Folder.CONFIG, Folder.ADAPTER_CONFIG));
        }
        return new Folder(path).open();
    }

    @Override
    public TensorWriter create(Path path, Manifest manifest) throws IOException {
        return FolderWriter.create(path, manifest);
    }
}
