package io.weft.tensor;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.tensor.internal.ShardedReader;
import java.io.IOException;
import java.nio.file.Path;

/** Hugging Face checkpoints that are split over several safetensors files by {@code model.safetensors.index.json}. */
public final class ShardedSafetensors {

    /** The name of the file that says which tensor lies in which shard. */
    public static final String INDEX = "model.safetensors.index.json";

    private ShardedSafetensors() {}

    /**
     * Opens all shards of a checkpoint folder as one reader; the index alone decides which tensors there are.
     *
     * @throws Refusal when the index or a shard is missing or broken, or a shard lacks a tensor that the index places in it
     */
    public static TensorReader open(Path folder) throws IOException {
        return ShardedReader.open(folder.resolve(INDEX));
    }
}
