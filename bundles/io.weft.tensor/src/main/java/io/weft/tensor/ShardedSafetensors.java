package io.weft.tensor;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.tensor.internal.ShardedReader;
import io.weft.tensor.internal.ShardedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Hugging Face checkpoints that are split over several safetensors files by {@code model.safetensors.index.json}. */
public final class ShardedSafetensors {

    /** The name of the file that says which tensor lies in which shard. */
    public static final String INDEX = "model.safetensors.index.json";

    private static final long SHARD_BYTES = 5_000_000_000L;

    private ShardedSafetensors() {}

    /**
     * Opens all shards of a checkpoint folder as one reader; the index alone decides which tensors there are.
     *
     * @throws Refusal when the index or a shard is missing or broken, or a shard lacks a tensor that the index places in it
     */
    public static TensorReader open(Path folder) throws IOException {
        return ShardedReader.open(folder.resolve(INDEX));
    }

    /**
     * Starts a checkpoint for other tools: one file when its tensors need no more than 5 GB (5·10⁹ bytes), else shards of at most that,
     * named and filled as Transformers' {@code save_pretrained} does, and their index. A larger tensor has a shard of its own.
     *
     * @param file where one file would lie; shards and index lie beside it
     * @param tensors of the section {@code model}, with the types in which they are stored, in the order in which shards are filled
     */
    public static TensorWriter create(Path file, List<TensorSpec> tensors) throws IOException {
        return ShardedWriter.create(file, tensors, SHARD_BYTES);
    }
}
