package io.weft.api.tensor;

import java.io.IOException;
import java.nio.ByteBuffer;
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
     * Makes everything durable and visible at once.
     *
     * @throws IllegalStateException when a tensor was not written whole; names it
     */
    void commit() throws IOException;

    @Override
    void close() throws IOException;
}
