package io.weft.api.exchange;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Codes or decodes one tensor in one direction, in pieces. Used by one thread at a time. All buffers are little-endian and backed by
 * an array, and a codec moves their position past what it wrote or read.
 *
 * <p>To code, the runtime passes all pieces to {@link #survey} in order if that is needed, then writes the header, then codes the
 * pieces in order. To decode, it reads the header, then decodes any pieces in any order, as often as it likes.
 */
@ConsumerType
public interface Codec extends AutoCloseable {

    /** The most bytes to which a piece of so many elements is coded. */
    int room(int count);

    /** Of a coded piece of so many elements, how many bytes are no codes, such as scales; for accounts only. */
    default int metaBytes(int count) {
        return 0;
    }

    /** Whether something must be known of all elements before the first is coded, such as the mean of all scales. */
    default boolean needsSurvey() {
        return false;
    }

    /** Looks at {@code piece[0 … count)}. */
    default void survey(float[] piece, int count) {}

    /** The bytes of what is known of the whole tensor; always the same number for the same options. */
    default int headerBytes() {
        return 0;
    }

    /** Writes what is known of the whole tensor. */
    default void writeHeader(ByteBuffer out) {}

    /**
     * Reads what is known of the whole tensor.
     *
     * @throws io.weft.api.plugin.Refusal when no codec with these options wrote it
     */
    default void readHeader(ByteBuffer in) {}

    /**
     * Codes {@code piece[0 … count)}.
     *
     * @throws io.weft.api.plugin.Refusal when a value cannot be carried, such as a NaN; names the tensor
     */
    void encode(float[] piece, int count, ByteBuffer out);

    /**
     * Decodes a whole piece into as many elements as were coded.
     *
     * @param in the bytes of the piece and no others
     * @param piece receives them from index 0
     * @throws io.weft.api.plugin.Refusal when the bytes are no piece of so many elements; names the tensor
     */
    void decode(ByteBuffer in, float[] piece, int count);

    @Override
    default void close() {}
}
