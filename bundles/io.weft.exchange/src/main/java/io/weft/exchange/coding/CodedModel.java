package io.weft.exchange.coding;

import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.exchange.Message;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model as it crosses the wire, in a file of its own, tensor after tensor. What the file's bytes mean the file does not say: who
 * keeps it keeps {@link #coded} beside it.
 *
 * @param coded what the other end must know
 * @param tensors as they cross the wire: coded ones as bytes
 * @param begins where in the file each begins
 */
public record CodedModel(Path file, Message.Coded coded, List<TensorSpec> tensors, List<Long> begins) {

    public CodedModel {
        tensors = List.copyOf(tensors);
        begins = List.copyOf(begins);
    }

    /**
     * A model that was coded before and kept.
     *
     * @param coded as it was when the model was coded
     * @param exchanged the tensors that were coded, in that order
     */
    public static CodedModel kept(Path file, Message.Coded coded, List<TensorSpec> exchanged) {
        List<TensorSpec> tensors = coded.crossing(exchanged);
        List<Long> begins = new ArrayList<>();
        long begin = 0;
        for (TensorSpec tensor : tensors) {
            begins.add(begin);
            begin += tensor.bytes();
        }
        return new CodedModel(file, coded, tensors, begins);
    }

    /** Opens it for the other end to pull. */
    public TensorReader open() throws IOException {
        Map<TensorSpec, Long> positions = new HashMap<>();
        for (int i = 0; i < tensors.size(); i++) {
            positions.put(tensors.get(i), begins.get(i));
        }
        return new Reading(
                new Manifest("", tensors, List.of(), ""), positions, FileChannel.open(file, StandardOpenOption.READ));
    }

    /** Removes the file; whoever has it open reads on. */
    public void delete() throws IOException {
        Files.deleteIfExists(file);
    }

    private record Reading(Manifest manifest, Map<TensorSpec, Long> positions, FileChannel channel)
            implements TensorReader {

        @Override
        public void read(TensorSpec tensor, long first, float[] into, int count) {
            throw new IllegalArgumentException("a coded model is read as bytes");
        }

        @Override
        public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) throws IOException {
            long position = positions.get(tensor) + offset;
            while (into.hasRemaining()) {
                int read = channel.read(into, position);
                if (read < 0) {
                    throw new EOFException("the coded tensor '" + tensor.name() + "' became shorter while it was sent");
                }
                position += read;
            }
        }

        @Override
        public Optional<Path> file() {
            return Optional.empty();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
