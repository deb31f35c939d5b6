package io.weft.plugins;

import io.weft.api.plugin.StateStore;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/**
 * A plugin's states on disk, one file a round. What a round starts from is the newest state of the rounds before it, so a round that
 * is run again after a crash starts from where it started the first time, whether or not it had written its own state.
 */
final class RoundStates implements StateStore {

    private static final String SUFFIX = ".safetensors";

    private final Path folder;
    private final IntSupplier round;

    RoundStates(Path folder, IntSupplier round) {
        this.folder = folder;
        this.round = round;
    }

    /** Whether any plugin's folder in this one has a state of that round. */
    static boolean any(Path states, int round) throws IOException {
        if (!Files.isDirectory(states)) {
            return false;
        }
        try (Stream<Path> plugins = Files.list(states)) {
            return plugins.anyMatch(plugin -> Files.exists(plugin.resolve(round + SUFFIX)));
        }
    }

    @Override
    public Optional<TensorReader> committed() throws IOException {
        var before = files().lowerEntry(round.getAsInt());
        return before == null ? Optional.empty() : Optional.of(Safetensors.open(before.getValue()));
    }

    @Override
    public TensorWriter next(List<TensorSpec> tensors) throws IOException {
        int number = round.getAsInt();
        Files.createDirectories(folder);
        return new Replacing(Safetensors.create(folder.resolve(number + SUFFIX), tensors), number);
    }

    private NavigableMap<Integer, Path> files() throws IOException {
        NavigableMap<Integer, Path> files = new TreeMap<>();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> entries = Files.list(folder)) {
                entries.filter(file -> file.getFileName().toString().matches("[0-9]{1,9}\\.safetensors"))
                        .forEach(file -> files.put(number(file), file));
            }
        }
        return files;
    }

    private static int number(Path file) {
        String name = file.getFileName().toString();
        return Integer.parseInt(name.substring(0, name.length() - SUFFIX.length()));
    }

    /** Drops, once this round's state is durable, what no round can start from any more. */
    private final class Replacing implements TensorWriter {

        private final TensorWriter state;
        private final int number;

        Replacing(TensorWriter state, int number) {
            this.state = state;
            this.number = number;
        }

        @Override
        public Manifest manifest() {
            return state.manifest();
        }

        @Override
        public void write(TensorSpec tensor, long first, float[] from, int count) throws IOException {
            state.write(tensor, first, from, count);
        }

        @Override
        public void writeBytes(TensorSpec tensor, long offset, ByteBuffer from) throws IOException {
            state.writeBytes(tensor, offset, from);
        }

        @Override
        public void commit() throws IOException {
            state.commit();
            NavigableMap<Integer, Path> earlier = files().headMap(number, false);
            if (!earlier.isEmpty()) {
                for (Path stale : earlier.headMap(earlier.lastKey(), false).values()) {
                    Files.delete(stale);
                }
            }
        }

        @Override
        public void close() throws IOException {
            state.close();
        }
    }
}
