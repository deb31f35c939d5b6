package io.weft.transport.mina;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The first frame in each direction. Who accepts sends it when TLS has taken the other end's certificate; in TLS 1.3 who dials does not
 * learn that in any other way before its first read.
 */
final class Greeting {

    private static final byte[] WORDS = "WFT1".getBytes(StandardCharsets.US_ASCII);

    private final ByteBuffer expected = ByteBuffer.allocate(FrameReader.LENGTH + WORDS.length)
            .putInt(WORDS.length)
            .put(WORDS)
            .flip();

    static ByteBuffer words() {
        return ByteBuffer.wrap(WORDS.clone());
    }

    /** Whether the other end has greeted. */
    boolean isOver() {
        return !expected.hasRemaining();
    }

    /** Takes what belongs to the greeting. */
    void accept(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining() && expected.hasRemaining()) {
            if (bytes.get() != expected.get()) {
                throw new IOException("the other end does not speak Weft's protocol");
            }
        }
    }
}
