package io.weft.tensor;

import io.weft.api.tensor.TensorWriter;
import java.io.IOException;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** Writes a file and knows its digests when that is durable: the processor takes them while the disk is busy. */
@ProviderType
public interface DigestedWriter extends TensorWriter {

    /**
     * What a file holds, as it was read back.
     *
     * @param tensors the SHA-256 of each tensor's bytes, in the order of the manifest
     * @param file that of the whole file, as lower-case hex
     */
    record Contents(List<byte[]> tensors, String file) {}

    /** Does what {@link #commit()} does, and gives the digests. */
    Contents commitDigested() throws IOException;
}
