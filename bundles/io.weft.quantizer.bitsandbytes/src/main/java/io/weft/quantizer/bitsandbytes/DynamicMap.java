package io.weft.quantizer.bitsandbytes;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The signed dynamic map of bitsandbytes: 256 values that are dense where numbers near zero are, from −0.993 to 1 (Dettmers et al.
 * 2022, 8-bit Optimizers via Block-wise Quantization, https://arxiv.org/abs/2110.02861).
 *
 * <p>bitsandbytes computes it with {@code torch.linspace}, whose last bits differ between releases of PyTorch: 42 of 256 values by
 * one unit in the last place. So the values are kept as they were computed, and what is coded carries the id of its map.
 */
final class DynamicMap {

    /** Which of the maps. */
    enum Release {
        /** As PyTorch 2 computes it. */
        CURRENT,
        /** As PyTorch 1.13 computed it. */
        FORMER
    }

    private static final DynamicMap CURRENT = new DynamicMap("int8-map-torch2.15.bin");
    private static final DynamicMap FORMER = new DynamicMap("int8-map-torch1.13.bin");

    private static final int SIZE = 256;

    private final Book book;
    private final int id;

    private DynamicMap(String resource) {
        byte[] bytes = bytes(resource);
        float[] values = new float[SIZE];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        this.book = Book.of(values);
        this.id = ByteBuffer.wrap(sha256(bytes)).getInt();
    }

    private static byte[] bytes(String resource) {
        try (InputStream in = DynamicMap.class.getResourceAsStream(resource)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    Book book() {
        return book;
    }

    /** The first four bytes of the SHA-256 of the map's bytes. */
    int id() {
        return id;
    }

    static DynamicMap of(Release release) {
        return switch (release) {
            case CURRENT -> CURRENT;
            case FORMER -> FORMER;
        };
    }
}
