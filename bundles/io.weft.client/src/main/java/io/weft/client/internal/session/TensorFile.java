package io.weft.client.internal.session;

import io.weft.client.ElementType;
import io.weft.client.Tensor;
import io.weft.client.internal.wire.Json;
import io.weft.client.internal.wire.JsonText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Safetensors files (https://github.com/huggingface/safetensors#format): as private maps, and straight from memory. */
public final class TensorFile {

    private static final int LENGTH_BYTES = 8;
    private static final int ALIGNMENT = 8;
    private static final int LARGEST_HEADER = 100_000_000;

    /** Holds whole elements of every type. */
    private static final int PIECE = 1 << 30;

    private static final String METADATA = "__metadata__";

    private TensorFile() {}

    /** All tensors of a file, in the order of its header; read-only where the file is. */
    public static Map<String, Tensor> open(Path file) throws IOException {
        // Java maps privately only what it could write to; of what it may not, there is nothing but to read.
        boolean writable = Files.isWritable(file);
        Set<StandardOpenOption> options = writable
                ? EnumSet.of(StandardOpenOption.READ, StandardOpenOption.WRITE)
                : EnumSet.of(StandardOpenOption.READ);
        FileChannel.MapMode mode = writable ? FileChannel.MapMode.PRIVATE : FileChannel.MapMode.READ_ONLY;
        try (FileChannel channel = FileChannel.open(file, options)) {
            Map<String, Object> header = header(channel, file);
            header.remove(METADATA);
            long start = (long) LENGTH_BYTES + headerBytes(channel, file);
            long size = channel.size() - start;
            // One map for all tensors where a buffer can hold them: maps are few in number.
            Optional<ByteBuffer> whole =
                    size <= Integer.MAX_VALUE ? Optional.of(channel.map(mode, start, size)) : Optional.empty();
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (Map.Entry<String, Object> entry : header.entrySet()) {
                Entry tensor = Entry.of(entry.getKey(), entry.getValue(), size, file);
                List<ByteBuffer> pieces = new ArrayList<>();
                for (long at = tensor.first(); at < tensor.end(); at += PIECE) {
                    int count = (int) Math.min(PIECE, tensor.end() - at);
                    pieces.add(
                            whole.isPresent()
                                    ? whole.get().slice((int) at, count)
                                    : channel.map(mode, start + at, count));
                }
                tensors.put(entry.getKey(), Tensor.of(tensor.type(), pieces, tensor.dimensions()));
            }
            return tensors;
        }
    }

    private static Map<String, Object> header(FileChannel channel, Path file) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(headerBytes(channel, file));
        read(channel, text, LENGTH_BYTES, file);
        return JsonText.object(new String(text.array(), StandardCharsets.UTF_8));
    }

    private static int headerBytes(FileChannel channel, Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        read(channel, bytes, 0, file);
        long length = bytes.getLong(0);
        if (length < 0 || length > Math.min(LARGEST_HEADER, channel.size() - LENGTH_BYTES)) {
            throw new IOException(file + " is no safetensors file");
        }
        return (int) length;
    }

    private static void read(FileChannel channel, ByteBuffer into, long at, Path file) throws IOException {
        for (long from = at; into.hasRemaining(); ) {
            int read = channel.read(into, from);
            if (read < 0) {
                throw new IOException(file + " is no safetensors file: it ends in its header");
            }
            from += read;
        }
    }

    /** A tensor's line in the header, with offsets from the header's end. */
    private record Entry(ElementType type, List<Long> shape, long first, long end) {

        static Entry of(String name, Object described, long size, Path file) throws IOException {
            if (described instanceof Map<?, ?> entry
                    && entry.get("shape") instanceof List<?> shape
                    && entry.get("data_offsets") instanceof List<?> offsets
                    && offsets.size() == 2) {
                ElementType type = Arrays.stream(ElementType.values())
                        .filter(known -> known.name().equals(entry.get("dtype")))
                        .findFirst()
                        .orElseThrow(() -> new IOException(file + ": tensor '" + name + "' has the type "
                                + entry.get("dtype") + ", which Weft does not know"));
                Entry found = new Entry(
                        type,
                        numbers(shape),
                        numbers(offsets).get(0),
                        numbers(offsets).get(1));
                if (found.first() >= 0 && found.first() <= found.end() && found.end() <= size) {
                    return found;
                }
            }
            throw new IOException(file + " is no safetensors file: tensor '" + name + "' is " + described);
        }

        private static List<Long> numbers(List<?> numbers) {
            return numbers.stream()
                    .map(number -> number instanceof Long whole ? whole : -1L)
                    .toList();
        }

        long[] dimensions() {
            return shape.stream().mapToLong(Long::longValue).toArray();
        }
    }

    /** Writes tensors; the file appears whole. Large elements come first, so that all are aligned. */
    public static void write(Path file, Map<String, Tensor> tensors) throws IOException {
        List<String> names = tensors.keySet().stream()
                .sorted(Comparator.comparing(
                                (String name) -> -tensors.get(name).type().bytes())
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
        Map<String, Object> header = new LinkedHashMap<>();
        long offset = 0;
        for (String name : names) {
            Tensor tensor = tensors.get(name);
            long end = offset + tensor.elements() * tensor.type().bytes();
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("dtype", tensor.type().name());
            entry.put("shape", Arrays.stream(tensor.shape()).boxed().toList());
            entry.put("data_offsets", List.of(offset, end));
            header.put(name, entry);
            offset = end;
        }
        byte[] text = Json.line(header).getBytes(StandardCharsets.UTF_8);
        int length = (text.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        ByteBuffer begin = ByteBuffer.allocate(LENGTH_BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        begin.putLong(length).put(text);
        while (begin.hasRemaining()) {
            begin.put((byte) ' ');
        }
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        try (FileChannel channel = FileChannel.open(
                partial, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            write(channel, begin.flip());
            for (String name : names) {
                for (ByteBuffer piece : tensors.get(name).pieces()) {
                    write(channel, piece);
                }
            }
        }
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
