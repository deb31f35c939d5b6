package io.weft.tensor.internal;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorSpec;
import io.weft.tensor.DigestedWriter;
import io.weft.tensor.Digests;
import io.weft.tensor.Durable;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** One safetensors file on its way: written beside its place, renamed into it at commit. */
public final class SafetensorsWriter implements DigestedWriter {

    private final Path file;
    private final Path partial;
    private final FileChannel channel;
    private final Manifest manifest;
    private final Map<TensorKey, Slot> slots;
    private final Naming naming;
    private final boolean durable;
    private boolean adopted;
    private boolean committed;

    /** Where a tensor goes and what of it is there. */
    private record Slot(TensorSpec tensor, long position, Coverage written) {}

    private SafetensorsWriter(
            Path file,
            Path partial,
            FileChannel channel,
            Manifest manifest,
            Map<TensorKey, Slot> slots,
            Naming naming,
            boolean durable) {
        this.file = file;
        this.partial = partial;
        this.channel = channel;
        this.manifest = manifest;
        this.slots = slots;
        this.naming = naming;
        this.durable = durable;
    }

    public static SafetensorsWriter create(Path file, List<TensorSpec> tensors, Naming naming) throws IOException {
        return create(file, tensors, naming, true);
    }

    /** A file that need not outlive a crash of the machine: nothing waits for the disk. */
    public static SafetensorsWriter createScratch(Path file, List<TensorSpec> tensors, Naming naming)
            throws IOException {
        return create(file, tensors, naming, false);
    }

    private static SafetensorsWriter create(Path file, List<TensorSpec> tensors, Naming naming, boolean durable)
            throws IOException {
        Map<String, TensorSpec> specs = byStoredName(file, tensors, naming);
        List<Header.Entry> entries = layOut(specs);
        byte[] text = HeaderText.encode(entries);
        if (text.length > Header.MAX_LENGTH) {
            throw new IllegalArgumentException("%s: %d tensors need a header of %d bytes; the format allows %d"
                    .formatted(file, tensors.size(), text.length, Header.MAX_LENGTH));
        }
        Map<TensorKey, Slot> slots = new HashMap<>();
        for (Header.Entry entry : entries) {
            TensorSpec tensor = specs.get(entry.name());
            long position = Header.LENGTH_BYTES + text.length + entry.begin();
            slots.put(TensorKey.of(tensor), new Slot(tensor, position, new Coverage()));
        }
        Manifest manifest = new Manifest(file.getFileName().toString(), tensors, List.of(), "");
        Path partial = Durable.beside(file);
        FileChannel channel;
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            channel = FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw FileProblem.writing(file, manifest.bytes(), e);
        }
        SafetensorsWriter writer = new SafetensorsWriter(file, partial, channel, manifest, slots, naming, durable);
        try {
            ByteBuffer length = ByteBuffer.allocate(Header.LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            writer.put(length.putLong(0, text.length), 0);
            writer.put(ByteBuffer.wrap(text), Header.LENGTH_BYTES);
            return writer;
        } catch (Throwable e) {
            writer.close();
            throw e;
        }
    }

    private static Map<String, TensorSpec> byStoredName(Path file, List<TensorSpec> tensors, Naming naming) {
        Map<String, TensorSpec> specs = new HashMap<>();
        for (TensorSpec tensor : tensors) {
            String name = naming.stored(tensor);
            if (name.equals(Header.METADATA)
                    || !StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
                throw new IllegalArgumentException("%s: a tensor cannot be called '%s'".formatted(file, name));
            }
            if (specs.put(name, tensor) != null) {
                throw new IllegalArgumentException("%s: tensor '%s' is there twice".formatted(file, name));
            }
        }
        return specs;
    }

    private static List<Header.Entry> layOut(Map<String, TensorSpec> specs) {
        List<Header.Entry> sorted = specs.entrySet().stream()
                .map(e -> new Header.Entry(
                        e.getKey(),
                        e.getValue().type(),
                        e.getValue().shape(),
                        0,
                        e.getValue().bytes()))
                .sorted(HeaderText.FILE_ORDER)
                .toList();
        List<Header.Entry> entries = new ArrayList<>();
        long begin = 0;
        for (Header.Entry entry : sorted) {
            long end = Math.addExact(begin, entry.end());
            entries.add(new Header.Entry(entry.name(), entry.type(), entry.shape(), begin, end));
            begin = end;
        }
        return entries;
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public void write(TensorSpec tensor, long first, float[] from, int count) throws IOException {
        Slot slot = slot(tensor);
        DType type = slot.tensor().type();
        if (!type.decodable()) {
            throw new IllegalArgumentException(
                    "%s: tensor '%s' is %s, which is written as bytes".formatted(file, TensorKey.of(tensor), type));
        }
        checkRange(slot, first, count, slot.tensor().elements());
        Objects.checkFromIndexSize(0, count, from.length);
        try (Staging staging = Staging.borrow()) {
            int piece = staging.capacity() / type.bytes();
            for (int done = 0; done < count; done += piece) {
                int elements = Math.min(piece, count - done);
                ByteBuffer bytes = staging.room(elements * type.bytes());
                Elements.encode(type, from, done, bytes, elements);
                put(bytes.flip(), slot.position() + (first + done) * type.bytes());
            }
        }
        slot.written().add(first * type.bytes(), (first + count) * type.bytes());
    }

    @Override
    public void writeBytes(TensorSpec tensor, long offset, ByteBuffer from) throws IOException {
        Slot slot = slot(tensor);
        if (slot.tensor().type() != tensor.type()) {
            throw new IllegalArgumentException("%s: tensor '%s' is stored as %s, not as %s"
                    .formatted(file, TensorKey.of(tensor), slot.tensor().type(), tensor.type()));
        }
        int length = from.remaining();
        checkRange(slot, offset, length, slot.tensor().bytes());
        long position = slot.position() + offset;
        if (from.isDirect()) {
            put(from, position);
        } else {
            try (Staging staging = Staging.borrow()) {
                while (from.hasRemaining()) {
                    int piece = Math.min(staging.capacity(), from.remaining());
                    ByteBuffer bytes = staging.room(piece);
                    bytes.put(0, from, from.position(), piece);
                    from.position(from.position() + piece);
                    put(bytes, position);
                    position += piece;
                }
            }
        }
        slot.written().add(offset, offset + length);
    }

    private void put(ByteBuffer bytes, long position) throws IOException {
        try {
            Positional.writeFully(channel, bytes, position);
        } catch (IOException e) {
            throw FileProblem.writing(file, manifest.bytes(), e);
        }
    }

    @Override
    public boolean adopt(Path safetensors) throws IOException {
        boolean untouched =
                slots.values().stream().allMatch(slot -> slot.written().bytes() == 0);
        if (committed || !untouched || !holdsTheSame(safetensors)) {
            return false;
        }
        try {
            Files.move(safetensors, partial, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            return false; // it lies on another file system
        }
        adopted = true;
        slots.values().forEach(slot -> slot.written().add(0, slot.tensor().bytes()));
        return true;
    }

    private boolean holdsTheSame(Path safetensors) throws IOException {
        try (SafetensorsReader given = SafetensorsReader.open(safetensors, naming)) {
            List<TensorSpec> found = given.manifest().tensors();
            return found.size() == slots.size()
                    && found.stream().allMatch(tensor -> {
                        Slot slot = slots.get(TensorKey.of(tensor));
                        return slot != null
                                && slot.tensor().type() == tensor.type()
                                && slot.tensor().shape().equals(tensor.shape());
                    });
        }
    }

    private Slot slot(TensorSpec tensor) {
        Slot slot = slots.get(TensorKey.of(tensor));
        if (slot == null) {
            throw new IllegalArgumentException(
                    "%s: was not created with a tensor '%s'".formatted(file, TensorKey.of(tensor)));
        }
        if (!slot.tensor().shape().equals(tensor.shape())) {
            throw new IllegalArgumentException("%s: tensor '%s' has the shape %s, not %s"
                    .formatted(file, TensorKey.of(tensor), slot.tensor().shape(), tensor.shape()));
        }
        return slot;
    }

    private void checkRange(Slot slot, long first, long count, long size) {
        if (first < 0 || count < 0 || first > size - count) {
            throw new IndexOutOfBoundsException("%s: tensor '%s' has %d, given were %d from %d on"
                    .formatted(file, TensorKey.of(slot.tensor()), size, count, first));
        }
    }

    @Override
    public void commit() throws IOException {
        checkWhole();
        try {
            if (durable) {
                force();
            }
            appear();
        } catch (IOException e) {
            throw FileProblem.writing(file, manifest.bytes(), e);
        }
    }

    @Override
    public Contents commitDigested() throws IOException {
        checkWhole();
        FutureTask<List<byte[]>> ofTensors = digesting("tensors", this::digests);
        FutureTask<String> ofFile = digesting("file", () -> Digests.of(partial));
        try {
            if (durable) {
                force();
            }
            Contents contents = new Contents(ofTensors.get(), ofFile.get());
            appear();
            return contents;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while " + file + " was committed");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
        } catch (IOException e) {
            throw FileProblem.writing(file, manifest.bytes(), e);
        } finally {
            ofTensors.cancel(true);
            ofFile.cancel(true);
        }
    }

    /** Begins to take a digest on a thread of its own. */
    private <T> FutureTask<T> digesting(String what, Callable<T> digest) {
        FutureTask<T> digesting = new FutureTask<>(digest);
        Thread thread = new Thread(digesting, "digest-of-" + what + "-" + file.getFileName());
        thread.setDaemon(true);
        thread.start();
        return digesting;
    }

    private List<byte[]> digests() throws IOException {
        List<byte[]> digests = new ArrayList<>();
        byte[] piece = new byte[Staging.CAPACITY];
        try (SafetensorsReader written = SafetensorsReader.open(partial, naming)) {
            for (TensorSpec tensor : manifest.tensors()) {
                MessageDigest digest = Digests.sha256();
                for (long offset = 0; offset < tensor.bytes(); offset += piece.length) {
                    int length = (int) Math.min(piece.length, tensor.bytes() - offset);
                    written.readBytes(tensor, offset, ByteBuffer.wrap(piece, 0, length));
                    digest.update(piece, 0, length);
                }
                digests.add(digest.digest());
            }
        }
        return digests;
    }

    private void checkWhole() {
        if (committed) {
            throw new IllegalStateException(file + ": is committed already");
        }
        for (TensorSpec tensor : manifest.tensors()) {
            long written = slot(tensor).written().bytes();
            if (written != tensor.bytes()) {
                throw new IllegalStateException("%s: tensor '%s' is not whole: %d of %d bytes were written"
                        .formatted(file, TensorKey.of(tensor), written, tensor.bytes()));
            }
        }
    }

    /** Gives the file its name. */
    private void appear() throws IOException {
        channel.close();
        if (durable) {
            Durable.rename(partial, file);
        } else {
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
        }
        committed = true;
    }

    private void force() throws IOException {
        if (!adopted) {
            channel.force(true);
            return;
        }
        try (FileChannel taken = FileChannel.open(partial, StandardOpenOption.WRITE)) {
            taken.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        if (!committed) {
            Files.deleteIfExists(partial);
        }
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
