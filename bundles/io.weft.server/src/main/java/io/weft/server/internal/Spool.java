package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.exchange.Exchanged;
import io.weft.exchange.Transfer;
import io.weft.tensor.Durable;
import io.weft.tensor.FileProblem;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts arriving tensors on disk, piece by piece, and refuses values that are no numbers. Companions become files. */
final class Spool implements Transfer.Sink, AutoCloseable {

    private static final int PIECE = 256 << 10;

    private static final int EXPONENT = 0x7f800000;

    private static final int LOWEST_OF_EXPONENT = 0x00800000;

    private final TensorWriter tensors;
    private final Path companions;
    private final Optional<TensorWriter> frozen;
    private final Map<String, FileChannel> files = new LinkedHashMap<>();
    private final int[] bits = new int[PIECE / Integer.BYTES];

    /**
     * @param frozen what arrives besides and is never exchanged again
     */
    Spool(TensorWriter tensors, JobFolder folder, List<TensorSpec> frozen) throws IOException {
        this.tensors = tensors;
        this.companions = folder.companions();
        this.frozen = frozen.isEmpty() ? Optional.empty() : Optional.of(Safetensors.create(folder.frozen(), frozen));
    }

    @Override
    public void write(TensorSpec tensor, long offset, ByteBuffer piece) throws IOException {
        if (tensor.section().equals(Exchanged.COMPANION)) {
            companion(tensor.name(), offset, piece);
            return;
        }
        if (tensor.section().equals(TensorSpec.FROZEN)) {
            frozen.orElseThrow().writeBytes(tensor, offset, piece);
            return;
        }
        if (tensor.type() == DType.F32) {
            checkFinite(tensor, offset, piece);
        }
        tensors.writeBytes(tensor, offset, piece);
    }

    /** A file comes whole where the site is this very process; its numbers are looked at all the same. */
    @Override
    public boolean adopt(Path safetensors) throws IOException {
        if (frozen.isPresent()) {
            return false;
        }
        try (TensorReader given =
                Safetensors.open(safetensors, tensors.manifest().tensors())) {
            ByteBuffer piece = ByteBuffer.allocateDirect(PIECE).order(ByteOrder.LITTLE_ENDIAN);
            for (TensorSpec tensor : tensors.manifest().tensors()) {
                for (long offset = 0; tensor.type() == DType.F32 && offset < tensor.bytes(); offset += PIECE) {
                    piece.clear().limit((int) Math.min(PIECE, tensor.bytes() - offset));
                    given.readBytes(tensor, offset, piece);
                    checkFinite(tensor, offset, piece.flip());
                }
            }
        }
        return tensors.adopt(safetensors);
    }

    private void checkFinite(TensorSpec tensor, long offset, ByteBuffer piece) {
        if (offset % Float.BYTES != 0 || piece.remaining() % Float.BYTES != 0) {
            throw new Refusal("tensor '" + tensor.name() + "' came in a piece of " + piece.remaining() + " bytes at "
                    + offset + "; fp32 is sent in whole elements");
        }
        IntBuffer rest = piece.duplicate().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
        for (int first = 0; rest.hasRemaining(); ) {
            int count = Math.min(bits.length, rest.remaining());
            rest.get(bits, 0, count);
            if (anyNotFinite(bits, count)) {
                throw notFinite(tensor, offset / Float.BYTES + first, count);
            }
            first += count;
        }
    }

    /** Whether the exponent of any of these floats is all ones; without a branch a processor looks at many at once. */
    private static boolean anyNotFinite(int[] bits, int count) {
        int found = 0;
        for (int i = 0; i < count; i++) {
            found |= (bits[i] & EXPONENT) + LOWEST_OF_EXPONENT;
        }
        return found < 0;
    }

    private Refusal notFinite(TensorSpec tensor, long first, int count) {
        int at = 0;
        while (at < count && Float.isFinite(Float.intBitsToFloat(bits[at]))) {
            at++;
        }
        return new Refusal("tensor '" + tensor.name() + "' has " + Float.intBitsToFloat(bits[at]) + " (element "
                + (first + at) + "); the training diverged: lower train.lr or set train.clip");
    }

    private void companion(String path, long offset, ByteBuffer piece) throws IOException {
        Path target = CompanionPaths.inside(companions, path);
        try {
            FileChannel file = files.get(path);
            if (file == null) {
                Files.createDirectories(target.getParent());
                file = FileChannel.open(
                        target,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
                files.put(path, file);
            }
            long position = offset;
            while (piece.hasRemaining()) {
                position += file.write(piece, position);
            }
        } catch (IOException e) {
            throw FileProblem.writing(target, offset + piece.remaining(), e);
        }
    }

    /** Makes everything durable; the tensors appear last. */
    void commit() throws IOException {
        for (FileChannel file : files.values()) {
            file.force(true);
        }
        if (!files.isEmpty()) {
            Durable.syncFolder(companions);
        }
        if (frozen.isPresent()) {
            frozen.get().commit();
        }
        tensors.commit();
    }

    @Override
    public void close() throws IOException {
        for (FileChannel file : files.values()) {
            file.close();
        }
        if (frozen.isPresent()) {
            frozen.get().close();
        }
        tensors.close();
    }
}
