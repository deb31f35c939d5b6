package io.weft.server.internal;

import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.tensor.Digests;
import io.weft.tensor.Safetensors;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The digest of an update as a safetensors file: the SHA-256 of the lines {@code <sha-256>  <name>\n}, the first of all that lies before
 * the tensors' bytes, under the name {@code header}, then one of each tensor's bytes, in the order of sections and names. The tensors'
 * are those that were checked as they arrived, so no byte is read again to take it.
 */
final class UpdateDigest {

    private static final int PIECE = 1 << 20;

    private static final Comparator<TensorSpec> ORDER =
            Comparator.comparing(TensorSpec::section).thenComparing(TensorSpec::name);

    private UpdateDigest() {}

    /** That of a file whose tensors came with these digests; empty when they came otherwise, and are read for it. */
    static String of(Path file, List<TensorSpec> tensors, List<String> arrived) throws IOException {
        if (arrived.size() != tensors.size()) {
            return of(file);
        }
        SortedMap<TensorSpec, String> digests = new TreeMap<>(ORDER);
        for (int i = 0; i < tensors.size(); i++) {
            digests.put(tensors.get(i), arrived.get(i));
        }
        return of(file, digests);
    }

    /** That of a file, which is read whole. */
    static String of(Path file) throws IOException {
        SortedMap<TensorSpec, String> digests = new TreeMap<>(ORDER);
        try (TensorReader reader = Safetensors.open(file)) {
            ByteBuffer piece = ByteBuffer.allocate(PIECE);
            for (TensorSpec tensor : reader.manifest().tensors()) {
                MessageDigest digest = Digests.sha256();
                for (long offset = 0; offset < tensor.bytes(); offset += piece.limit()) {
                    piece.clear().limit((int) Math.min(PIECE, tensor.bytes() - offset));
                    reader.readBytes(tensor, offset, piece);
                    digest.update(piece.flip());
                }
                digests.put(tensor, Digests.hex(digest));
            }
        }
        return of(file, digests);
    }

    private static String of(Path file, SortedMap<TensorSpec, String> tensors) throws IOException {
        StringBuilder lines = new StringBuilder(Digests.of(header(file))).append("  header\n");
        for (Map.Entry<TensorSpec, String> tensor : tensors.entrySet()) {
            lines.append(tensor.getValue())
                    .append("  ")
                    .append(tensor.getKey().name())
                    .append('\n');
        }
        return Digests.of(lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The length and the table of contents, as they stand in a file that a reader or a writer has found right. */
    private static byte[] header(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] length = in.readNBytes(Long.BYTES);
            if (length.length < Long.BYTES) {
                throw new EOFException(file + " is not whole");
            }
            byte[] table = in.readNBytes(Math.toIntExact(
                    ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()));
            return ByteBuffer.allocate(length.length + table.length)
                    .put(length)
                    .put(table)
                    .array();
        }
    }
}
