package io.weft.api.tensor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Reads tensors by ranges: one tensor may be larger than the heap, or than 2 GiB. Safe for use by several threads. */
@ProviderType
public interface TensorReader extends AutoCloseable {

    Manifest manifest();

    /**
     * Decodes elements {@code first … first + count} to fp32, from any {@linkplain DType#decodable() decodable} type.
     *
     * @param into receives them from index 0
     */
    void read(TensorSpec tensor, long first, float[] into, int count) throws IOException;

    /** Fills {@code into} with the tensor's little-endian bytes from {@code offset} on. */
    void readBytes(TensorSpec tensor, long offset, ByteBuffer into) throws IOException;

    /** Where all of it lies as one plain safetensors file, so that another process can map it instead of copying. */
    Optional<Path> file();

    @Override
    void close() throws IOException;
}
