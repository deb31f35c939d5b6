package io.weft.api.tensor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Takes tensors in any order and in pieces. Nothing is visible before {@link #commit}, and closing without it leaves what was
 * there before untouched. A writer that the runtime hands to a plugin is committed and closed by the runtime.
 */
@ProviderType
public interface TensorWriter extends AutoCloseable {

    Manifest manifest();

    /** Encodes {@code count} values to the tensor's type, starting at its element {@code first}. */
    void write(TensorSpec tensor, long first, float[] from, int count) throws IOException;

    /** Writes the remaining bytes of {@code from}, little-endian, at the tensor's byte {@code offset}. */
    void writeBytes(TensorSpec tensor, long offset, ByteBuffer from) throws IOException;

    /**
     * Takes a whole file over instead of writing: when the file is plain safetensors with exactly this writer's tensors, names and
     * types, and can be moved, it is moved, and nothing else is to be written.
     *
     * @return whether it was taken; when not, the file is untouched and the tensors are still to be written
     */
    default boolean adopt(Path safetensors) throws IOException {
        return false;
    }

    /**
     * Makes everything durable and visible at once.
     *
     * @throws IllegalStateException when a tensor was not written whole; names it
     */
    void commit() throws IOException;

    @Override
    void close() throws IOException;
}
