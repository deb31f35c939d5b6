package io.weft.weights.internal;

import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.CheckpointFormat;
import io.weft.tensor.Described;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.osgi.service.component.annotations.Component;

/**
 * One safetensors file with any named tensors, and nothing beside it: whatever a program of the job's own makes of them. The result
 * is {@code model.safetensors} with the names and types of the file that was given.
 */
@Component(service = CheckpointFormat.class, property = Plugin.NAME + "=weights")
public final class WeightsFormat implements CheckpointFormat {

    private static final String SUFFIX = ".safetensors";
    private static final String RESULT = "model.safetensors";

    @Override
    public boolean recognises(Path path) {
        return path.getFileName().toString().endsWith(SUFFIX) && Files.isRegularFile(path);
    }

    @Override
    public TensorReader open(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            throw new Refusal(
                    path + " is a folder; for model.backend weights give a safetensors file, or for a Hugging Face"
                            + " checkpoint leave model.backend out");
        }
        TensorReader file = Safetensors.openCheckpoint(path);
        return new Described(file, new Manifest(RESULT, file.manifest().tensors(), List.of(), ""));
    }

    @Override
    public TensorWriter create(Path path, Manifest manifest) throws IOException {
        return Safetensors.createCheckpoint(path.resolve(RESULT), manifest.tensors());
    }
}
