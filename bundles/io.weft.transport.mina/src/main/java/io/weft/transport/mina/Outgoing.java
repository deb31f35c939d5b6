package io.weft.transport.mina;

import java.nio.ByteBuffer;

/**
 * A frame on its way into the network, with its length in front.
 *
 * @param frame lent until it is encrypted, which is done before the write returns
 * @param size on the wire, without TLS
 */
record Outgoing(ByteBuffer frame, int size) {

    static Outgoing of(ByteBuffer frame) {
        return new Outgoing(frame, FrameReader.LENGTH + frame.remaining());
    }

    /** What TLS takes, in order. */
    ByteBuffer[] parts() {
        ByteBuffer length = ByteBuffer.allocate(FrameReader.LENGTH).putInt(frame.remaining());
        return new ByteBuffer[] {length.flip(), frame};
    }
}
