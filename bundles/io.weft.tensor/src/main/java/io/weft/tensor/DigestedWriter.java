package io.weft.tensor;

import io.weft.api.tensor.TensorWriter;
import java.io.IOException;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** Writes a file and knows the digests of its tensors when that is durable: the processor takes them while the disk is busy. */
@ProviderType
public interface DigestedWriter extends TensorWriter {

    /**
     * Does what {@link #commit()} does.
     *
     * @return the SHA-256 of each tensor's bytes, in the order of the manifest
     */
    List<byte[]> commitDigested() throws IOException;
}
