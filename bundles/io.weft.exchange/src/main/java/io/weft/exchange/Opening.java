package io.weft.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;

/**
 * How who dialed begins: with the version that it speaks and the link's key, which it made up by a good random generator. Later minor versions may
 * append to it. On the wire: major 2, minor 2, key 16; the answer has the first two alone.
 *
 * @param received how many counted frames it has received over the link's earlier connections
 * @param again whether the other end has answered before, so that it must know the link
 */
record Opening(ProtocolVersion version, UUID key, long received, boolean again) {

    private static final int VERSION = 4;

    private static final int SIZE = VERSION + 16;

    ByteBuffer frame() {
        ByteBuffer payload = ByteBuffer.allocate(SIZE);
        put(version, payload)
                .putLong(key.getMostSignificantBits())
                .putLong(key.getLeastSignificantBits())
                .flip();
        return Frame.of(Frame.Type.OPEN, again ? Frame.AGAIN : 0, 0, received, payload);
    }

    static Opening parse(Frame frame) throws ProtocolException {
        if (frame.type() != Frame.Type.OPEN || frame.payload().remaining() < SIZE || frame.offset() < 0) {
            throw new ProtocolException("a link begins with a frame OPEN, not with " + frame.type() + " of "
                    + frame.payload().remaining() + " bytes");
        }
        ByteBuffer payload = frame.payload().duplicate().order(ByteOrder.BIG_ENDIAN);
        ProtocolVersion version = version(payload);
        return new Opening(version, new UUID(payload.getLong(), payload.getLong()), frame.offset(), frame.isAgain());
    }

    static ByteBuffer answer(ProtocolVersion version, long received) {
        ByteBuffer payload = put(version, ByteBuffer.allocate(VERSION)).flip();
        return Frame.of(Frame.Type.OPENED, 0, 0, received, payload);
    }

    static ProtocolVersion answered(Frame frame) throws ProtocolException {
        if (frame.type() != Frame.Type.OPENED || frame.payload().remaining() < VERSION) {
            throw new ProtocolException("a frame OPEN is answered with OPENED, not with " + frame.type() + " of "
                    + frame.payload().remaining() + " bytes");
        }
        return version(frame.payload().duplicate().order(ByteOrder.BIG_ENDIAN));
    }

    private static ByteBuffer put(ProtocolVersion version, ByteBuffer into) {
        return into.putShort((short) version.major()).putShort((short) version.minor());
    }

    private static ProtocolVersion version(ByteBuffer from) {
        return new ProtocolVersion(from.getShort() & 0xffff, from.getShort() & 0xffff);
    }
}
