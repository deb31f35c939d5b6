package io.weft.tensor.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.tensor.JsonProblem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The shards of one checkpoint as one reader. */
public final class ShardedReader implements TensorReader {

    private static final String LAYOUT = "model.safetensors";

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(16).build())
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path index;
    private final SortedMap<String, SafetensorsReader> shards;
    private final Map<TensorKey, SafetensorsReader> shardByTensor;
    private final Manifest manifest;

    private ShardedReader(
            Path index,
            SortedMap<String, SafetensorsReader> shards,
            Map<TensorKey, SafetensorsReader> shardByTensor,
            Manifest manifest) {
        this.index = index;
        this.shards = shards;
        this.shardByTensor = shardByTensor;
        this.manifest = manifest;
    }

    public static ShardedReader open(Path index) throws IOException {
        Map<String, String> shardNames = weightMap(index);
        SortedMap<String, SafetensorsReader> shards = new TreeMap<>();
        try {
            for (var entry : new TreeMap<>(shardNames).entrySet()) {
                if (!shards.containsKey(entry.getValue())) {
                    shards.put(entry.getValue(), shard(index, entry.getKey(), entry.getValue()));
                }
            }
            return over(index, shardNames, shards);
        } catch (Throwable e) {
            closeAll(shards, e);
            throw e;
        }
    }

    private static SafetensorsReader shard(Path index, String tensor, String name) throws IOException {
        if (name.isEmpty()
                || name.startsWith(".")
                || name.contains("/")
                || name.contains("\\")
                || name.indexOf(0) >= 0) {
            throw new Refusal("%s: places tensor '%s' in '%s'; allowed are names of files beside the index"
                    .formatted(index, tensor, name));
        }
        try {
            Path file = index.resolveSibling(name);
            if (Files.isRegularFile(file)) {
                return SafetensorsReader.open(file, Naming.PLAIN);
            }
        } catch (InvalidPathException e) {
            // No file can have that name, so none has.
        }
        throw new Refusal("%s: the shard '%s' with tensor '%s' is missing; copy or download it into that folder"
                .formatted(index, name, tensor));
    }

    private static ShardedReader over(
            Path index, Map<String, String> shardNames, SortedMap<String, SafetensorsReader> shards) {
        Map<TensorKey, SafetensorsReader> shardByTensor = new HashMap<>();
        List<TensorSpec> tensors = new ArrayList<>();
        shards.forEach((shardName, shard) -> shard.manifest().tensors().stream()
                .filter(tensor -> shardName.equals(shardNames.get(tensor.name())))
                .forEach(tensor -> {
                    shardByTensor.put(TensorKey.of(tensor), shard);
                    tensors.add(tensor);
                }));
        shardNames.forEach((tensor, shardName) -> {
            if (!shardByTensor.containsKey(new TensorKey(TensorSpec.MODEL, tensor))) {
                throw new Refusal("%s: tensor '%s' is missing, which %s places there; copy or download both files anew"
                        .formatted(shards.get(shardName), tensor, index.getFileName()));
            }
        });
        return new ShardedReader(index, shards, shardByTensor, new Manifest(LAYOUT, tensors, List.of(), ""));
    }

    private static Map<String, String> weightMap(Path index) throws IOException {
        try (Reader text = new BufferedReader(
                        new InputStreamReader(Files.newInputStream(index), StandardCharsets.UTF_8.newDecoder()));
                JsonParser parser = JSON.createParser(text)) {
            Optional<Map<String, String>> weightMap = weightMap(parser, index);
            return weightMap.orElseThrow(() -> new Refusal(index + ": has no weight_map, so it names no tensors"));
        } catch (NoSuchFileException e) {
            throw new Refusal(index + ": there is no such file", e);
        } catch (CharacterCodingException e) {
            throw new Refusal(index + ": is not UTF-8 text", e);
        } catch (JsonProcessingException e) {
            throw JsonProblem.refusal(index.toString(), e, "copy or download it anew");
        }
    }

    private static Optional<Map<String, String>> weightMap(JsonParser parser, Path index) throws IOException {
        Optional<Map<String, String>> found = Optional.empty();
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new Refusal(index + ": is not a JSON object");
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            parser.nextToken();
            if (key.equals("weight_map")) {
                found = Optional.of(files(parser, index));
            } else {
                parser.skipChildren();
            }
        }
        return found;
    }

    private static Map<String, String> files(JsonParser parser, Path index) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new Refusal(index + ": its weight_map is not an object");
        }
        Map<String, String> files = new HashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String tensor = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw new Refusal("%s: its weight_map gives tensor '%s' no file name".formatted(index, tensor));
            }
            files.put(tensor, parser.getText());
        }
        return files;
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public void read(TensorSpec tensor, long first, float[] into, int count) throws IOException {
        shard(tensor).read(tensor, first, into, count);
    }

    @Override
    public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) throws IOException {
        shard(tensor).readBytes(tensor, offset, into);
    }

    private SafetensorsReader shard(TensorSpec tensor) {
        SafetensorsReader shard = shardByTensor.get(TensorKey.of(tensor));
        if (shard == null) {
            throw new Refusal("%s: has no tensor '%s'".formatted(index, TensorKey.of(tensor)));
        }
        return shard;
    }

    /** None: the tensors lie in several files. */
    @Override
    public Optional<Path> file() {
        return Optional.empty();
    }

    @Override
    public void close() throws IOException {
        IOException failure = new IOException(index + ": a shard could not be closed");
        closeAll(shards, failure);
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }

    private static void closeAll(SortedMap<String, SafetensorsReader> shards, Throwable failure) {
        for (SafetensorsReader shard : shards.values()) {
            try {
                shard.close();
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }

    @Override
    public String toString() {
        return index.toString();
    }
}
