package io.weft.distribution.tests.process;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Frames as docs/protocol.md describes them, also such as no end of ours would send. */
final class RawFrame {

    static final int REQUEST = 1;

    private static final int OPEN = 11;
    private static final int HEADER = 24;
    private static final int CHECKSUM = 12;

    private RawFrame() {}

    /** The first frame of a link. */
    static ByteBuffer open(long key) {
        byte[] payload = ByteBuffer.allocate(20)
                .putShort((short) 1)
                .putShort((short) 0)
                .putLong(key)
                .putLong(key)
                .array();
        return frame(OPEN, 0, payload.length, payload);
    }

    /**
     * A frame whose checksum is right.
     *
     * @param claimed the length that it claims to have
     */
    static ByteBuffer frame(int type, int stream, int claimed, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(HEADER + payload.length);
        frame.put((byte) type).put((byte) 0).putShort((short) 0).putInt(stream).putInt(claimed);
        frame.position(HEADER).put(payload).flip();
        CRC32C checksum = new CRC32C();
        checksum.update(frame.array(), 0, CHECKSUM);
        checksum.update(frame.array(), CHECKSUM + 4, frame.limit() - CHECKSUM - 4);
        return frame.putInt(CHECKSUM, (int) checksum.getValue());
    }

    /** The same with another checksum. */
    static ByteBuffer damaged(ByteBuffer frame) {
        return frame.putInt(CHECKSUM, frame.getInt(CHECKSUM) ^ 1);
    }
}
