package io.weft.tensor.internal;

import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.tensor.Durable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** One checkpoint on its way into several files and the index that says which tensor lies in which. */
public final class ShardedWriter implements TensorWriter {

    private static final String SUFFIX = ".safetensors";

    private final Path index;
    private final Manifest manifest;
    private final List<SafetensorsWriter> shards;
    private final Map<TensorKey, SafetensorsWriter> shardByTensor;
    private final SortedMap<String, String> fileByTensor;

    private ShardedWriter(
            Path index,
            Manifest manifest,
            List<SafetensorsWriter> shards,
            Map<TensorKey, SafetensorsWriter> shardByTensor,
            SortedMap<String, String> fileByTensor) {
        this.index = index;
        this.manifest = manifest;
        this.shards = shards;
        this.shardByTensor = shardByTensor;
        this.fileByTensor = fileByTensor;
    }

    /** One file when all tensors together need no more than so many bytes, else shards of at most that. */
    public static TensorWriter create(Path file, List<TensorSpec> tensors, long shardBytes) throws IOException {
        List<List<TensorSpec>> split = split(tensors, shardBytes);
        if (split.size() <= 1) {
            return SafetensorsWriter.create(file, tensors, Naming.PLAIN);
        }
        String name = file.getFileName().toString();
        Manifest manifest = new Manifest(name, tensors, List.of(), "");
        List<SafetensorsWriter> shards = new ArrayList<>();
        Map<TensorKey, SafetensorsWriter> shardByTensor = new HashMap<>();
        SortedMap<String, String> fileByTensor = new TreeMap<>();
        try {
            for (int i = 0; i < split.size(); i++) {
                String shardName = name.substring(0, name.length() - SUFFIX.length())
                        + "-%05d-of-%05d".formatted(i + 1, split.size())
                        + SUFFIX;
                SafetensorsWriter shard =
                        SafetensorsWriter.create(file.resolveSibling(shardName), split.get(i), Naming.PLAIN);
                shards.add(shard);
                for (TensorSpec tensor : split.get(i)) {
                    shardByTensor.put(TensorKey.of(tensor), shard);
                    fileByTensor.put(tensor.name(), shardName);
                }
            }
        } catch (Throwable e) {
            closeAll(shards, e);
            throw e;
        }
        return new ShardedWriter(
                file.resolveSibling(name + ".index.json"), manifest, shards, shardByTensor, fileByTensor);
    }

    /** As Transformers does: in the order given, a tensor that is larger than a shard in one of its own. */
    private static List<List<TensorSpec>> split(List<TensorSpec> tensors, long shardBytes) {
        List<List<TensorSpec>> shards = new ArrayList<>();
        List<TensorSpec> current = new ArrayList<>();
        long size = 0;
        for (TensorSpec tensor : tensors) {
            if (tensor.bytes() > shardBytes) {
                shards.add(List.of(tensor));
                continue;
            }
            if (size + tensor.bytes() > shardBytes) {
                shards.add(current);
                current = new ArrayList<>();
                size = 0;
            }
            current.add(tensor);
            size += tensor.bytes();
        }
        if (!current.isEmpty()) {
            shards.add(current);
        }
        return shards;
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public void write(TensorSpec tensor, long first, float[] from, int count) throws IOException {
        shard(tensor).write(tensor, first, from, count);
    }

    @Override
    public void writeBytes(TensorSpec tensor, long offset, ByteBuffer from) throws IOException {
        shard(tensor).writeBytes(tensor, offset, from);
    }

    private SafetensorsWriter shard(TensorSpec tensor) {
        SafetensorsWriter shard = shardByTensor.get(TensorKey.of(tensor));
        if (shard == null) {
            throw new IllegalArgumentException(
                    "%s: was not created with a tensor '%s'".formatted(index, TensorKey.of(tensor)));
        }
        return shard;
    }

    /** The index comes last: what has one is whole. */
    @Override
    public void commit() throws IOException {
        for (SafetensorsWriter shard : shards) {
            shard.commit();
        }
        long elements =
                manifest.tensors().stream().mapToLong(TensorSpec::elements).sum();
        String text = ShardIndex.text(elements, manifest.bytes(), fileByTensor);
        Durable.write(index, text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        IOException failure = new IOException(index + ": a shard could not be closed");
        closeAll(shards, failure);
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }

    private static void closeAll(List<SafetensorsWriter> shards, Throwable failure) {
        for (SafetensorsWriter shard : shards) {
            try {
                shard.close();
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }
}
