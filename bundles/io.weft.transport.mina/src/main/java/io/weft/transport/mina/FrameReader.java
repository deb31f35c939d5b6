package io.weft.transport.mina;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Cuts a stream of bytes into frames, each with its length (4 bytes, big-endian) in front. Memory grows with what came, not with what was announced. */
final class FrameReader {

    /** The size of a length. */
    static final int LENGTH = Integer.BYTES;

    /** In a length's place: no frame, only that the other end is there. */
    static final int SIGN_OF_LIFE = -1;

    private static final int FIRST = 32 << 10;

    /** A larger buffer is not kept for the next frame. */
    private static final int WORTH_KEEPING = 512 << 10;

    private final int limit;
    private final ByteBuffer announced = ByteBuffer.allocate(LENGTH);
    private ByteBuffer frame = ByteBuffer.allocate(0);

    FrameReader(int limit) {
        this.limit = limit;
    }

    /**
     * Takes the remaining bytes and hands over every frame that is whole.
     *
     * @throws IOException when a frame is larger than allowed; nothing can be read after that
     */
    void accept(ByteBuffer bytes, Consumer<ByteBuffer> frames) throws IOException {
        while (bytes.hasRemaining()) {
            if (announced.hasRemaining()) {
                move(bytes, announced, announced.remaining());
                if (announced.hasRemaining()) {
                    return;
                }
                if (length() == SIGN_OF_LIFE) {
                    announced.clear();
                    continue;
                }
                begin();
            }
            int missing = length() - frame.position();
            if (frame.position() == 0 && bytes.remaining() >= missing) {
                lend(bytes, missing, frames);
            } else {
                collect(bytes, missing, frames);
            }
        }
    }

    private int length() {
        return announced.getInt(0);
    }

    private void begin() throws IOException {
        if (length() < 0 || length() > limit) {
            throw new IOException("a frame of " + Integer.toUnsignedString(length()) + " bytes is announced; at most "
                    + limit + " are allowed");
        }
        frame.clear();
    }

    /** The frame lies in one piece: no copy. */
    private void lend(ByteBuffer bytes, int length, Consumer<ByteBuffer> frames) {
        ByteBuffer lent = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        announced.clear();
        frames.accept(lent);
    }

    private void collect(ByteBuffer bytes, int missing, Consumer<ByteBuffer> frames) {
        int length = Math.min(missing, bytes.remaining());
        makeRoom(frame.position() + length);
        move(bytes, frame, length);
        if (frame.position() < length()) {
            return;
        }
        announced.clear();
        ByteBuffer whole = frame.flip().slice();
        if (frame.capacity() > WORTH_KEEPING) {
            frame = ByteBuffer.allocate(0);
        }
        frame.clear();
        frames.accept(whole);
    }

    private void makeRoom(int needed) {
        if (frame.capacity() < needed) {
            int doubled = Math.max(FIRST, 2 * frame.capacity());
            int capacity = Math.max(needed, Math.min(doubled, length()));
            frame = ByteBuffer.allocate(capacity).put(frame.flip());
        }
    }

    private static void move(ByteBuffer from, ByteBuffer to, int most) {
        int length = Math.min(most, from.remaining());
        to.put(from.slice(from.position(), length));
        from.position(from.position() + length);
    }
}
