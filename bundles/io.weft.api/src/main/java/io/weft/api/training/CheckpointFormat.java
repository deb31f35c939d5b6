package io.weft.api.training;

import io.weft.api.plugin.Plugin;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorWriter;
import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Maps a checkpoint's files to canonical tensor names and back, streaming. Canonical names, {@code config.json} and tokenizer
 * files are Hugging Face's; the companions of {@link TensorReader#manifest()} carry the latter two.
 */
@ConsumerType
public interface CheckpointFormat extends Plugin {

    /** Whether the path is a checkpoint or an adapter of this format; looks at names, not at contents. */
    boolean recognises(Path path);

    /**
     * Opens a checkpoint or an adapter.
     *
     * @throws io.weft.api.plugin.Refusal when a file is missing or broken; names file and tensor
     */
    TensorReader open(Path path) throws IOException;

    /** Starts a checkpoint folder with the manifest's companions beside its tensors; it appears at commit. */
    TensorWriter create(Path path, Manifest manifest) throws IOException;
}
