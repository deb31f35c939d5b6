package io.weft.tensor.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** One safetensors file, open for positional reads. */
public final class SafetensorsReader implements TensorReader {

    private final Path file;
    private final FileChannel channel;
    private final Manifest manifest;
    private final Map<TensorKey, Stored> tensors;

    /** A tensor and the file position of its first byte. */
    private record Stored(TensorSpec tensor, long position) {}

    private SafetensorsReader(Path file, FileChannel channel, Manifest manifest, Map<TensorKey, Stored> tensors) {
        this.file = file;
        this.channel = channel;
        this.manifest = manifest;
        this.tensors = tensors;
    }

    public static SafetensorsReader open(Path file, Naming naming) throws IOException {
        if (Files.isDirectory(file)) {
            throw new Refusal(file + ": is a folder; a safetensors file is expected here");
        }
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            throw new Refusal(file + ": there is no such file", e);
        }
        try {
            return over(file, channel, new HeaderParser(file, channel).parse(), naming);
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    private static SafetensorsReader over(Path file, FileChannel channel, Header header, Naming naming) {
        Map<TensorKey, Stored> tensors = new HashMap<>();
        List<TensorSpec> specs = new ArrayList<>();
        for (Header.Entry entry : header.entries()) {
            TensorKey key = naming.key(entry.name());
            TensorSpec spec = new TensorSpec(
                    key.section(), key.name(), entry.type(), entry.shape(), Collections.emptySortedMap());
            if (tensors.put(key, new Stored(spec, header.dataStart() + entry.begin())) != null) {
                throw new Refusal("%s: tensor '%s' is there twice, with its section and without".formatted(file, key));
            }
            specs.add(spec);
        }
        return new SafetensorsReader(
                file, channel, new Manifest(file.getFileName().toString(), specs, List.of(), ""), tensors);
    }

    /** This reader, with a manifest that has the expected tensors' order and traits; closes itself when the file differs. */
    public SafetensorsReader describedBy(List<TensorSpec> expected) throws IOException {
        try {
            List<TensorSpec> described = new ArrayList<>();
            for (TensorSpec tensor : expected) {
                TensorSpec found = stored(tensor).tensor();
                if (!found.shape().equals(tensor.shape())) {
                    throw new Refusal("%s: tensor '%s' has the shape %s; expected is %s"
                            .formatted(file, TensorKey.of(tensor), found.shape(), tensor.shape()));
                }
                described.add(tensor.as(found.type()));
            }
            Set<TensorKey> keys = described.stream().map(TensorKey::of).collect(Collectors.toSet());
            for (TensorKey key : tensors.keySet()) {
                if (!keys.contains(key)) {
                    throw new Refusal("%s: tensor '%s' does not belong in it".formatted(file, key));
                }
            }
            return new SafetensorsReader(
                    file, channel, new Manifest(manifest.layout(), described, List.of(), ""), tensors);
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public void read(TensorSpec tensor, long first, float[] into, int count) throws IOException {
        Stored stored = sameShape(tensor);
        DType type = stored.tensor().type();
        if (!type.decodable()) {
            throw new IllegalArgumentException(
                    "%s: tensor '%s' is %s, which is read as bytes".formatted(file, TensorKey.of(tensor), type));
        }
        checkRange(stored, first, count, stored.tensor().elements());
        Objects.checkFromIndexSize(0, count, into.length);
        try (Staging staging = Staging.borrow()) {
            int piece = staging.capacity() / type.bytes();
            for (int done = 0; done < count; done += piece) {
                int elements = Math.min(piece, count - done);
                ByteBuffer bytes = staging.room(elements * type.bytes());
                Positional.readFully(file, channel, bytes, stored.position() + (first + done) * type.bytes());
                Elements.decode(type, bytes.flip(), into, done, elements);
            }
        }
    }

    @Override
    public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) throws IOException {
        Stored stored = sameShape(tensor);
        if (stored.tensor().type() != tensor.type()) {
            throw new IllegalArgumentException("%s: tensor '%s' is stored as %s, not as %s"
                    .formatted(file, TensorKey.of(tensor), stored.tensor().type(), tensor.type()));
        }
        checkRange(stored, offset, into.remaining(), stored.tensor().bytes());
        long position = stored.position() + offset;
        if (into.isDirect()) {
            Positional.readFully(file, channel, into, position);
            return;
        }
        try (Staging staging = Staging.borrow()) {
            while (into.hasRemaining()) {
                int length = Math.min(staging.capacity(), into.remaining());
                ByteBuffer bytes = staging.room(length);
                Positional.readFully(file, channel, bytes, position);
                into.put(bytes.flip());
                position += length;
            }
        }
    }

    private Stored stored(TensorSpec tensor) {
        Stored stored = tensors.get(TensorKey.of(tensor));
        if (stored == null) {
            throw new Refusal("%s: has no tensor '%s'".formatted(file, TensorKey.of(tensor)));
        }
        return stored;
    }

    private Stored sameShape(TensorSpec tensor) {
        Stored stored = stored(tensor);
        if (!stored.tensor().shape().equals(tensor.shape())) {
            throw new IllegalArgumentException("%s: tensor '%s' has the shape %s, not %s"
                    .formatted(file, TensorKey.of(tensor), stored.tensor().shape(), tensor.shape()));
        }
        return stored;
    }

    private void checkRange(Stored stored, long first, long count, long size) {
        if (first < 0 || count < 0 || first > size - count) {
            throw new IndexOutOfBoundsException("%s: tensor '%s' has %d, asked were %d from %d on"
                    .formatted(file, TensorKey.of(stored.tensor()), size, count, first));
        }
    }

    @Override
    public Optional<Path> file() {
        return Optional.of(file);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
