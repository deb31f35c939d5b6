package io.weft.transport.mina;

import java.nio.ByteBuffer;

/**
 * What is on its way into the network.
 *
 * @param announced the length that stands in front
 * @param frame lent until it is encrypted, which is done before the write returns
 * @param size on the wire, without TLS
 * @param isQueued whether it counts against the bound of what may wait
 */
record Outgoing(int announced, ByteBuffer frame, int size, boolean isQueued) {

    static Outgoing frame(ByteBuffer frame) {
        return new Outgoing(frame.remaining(), frame, FrameReader.LENGTH + frame.remaining(), true);
    }

    /** No frame: it only tells that this end is there. */
    static Outgoing signOfLife() {
        return new Outgoing(FrameReader.SIGN_OF_LIFE, ByteBuffer.allocate(0), FrameReader.LENGTH, false);
    }

    static Outgoing greeting() {
        ByteBuffer words = Greeting.words();
        return new Outgoing(words.remaining(), words, FrameReader.LENGTH + words.remaining(), false);
    }

    /** What TLS takes, in order. */
    ByteBuffer[] parts() {
        ByteBuffer length = ByteBuffer.allocate(FrameReader.LENGTH).putInt(announced);
        return new ByteBuffer[] {length.flip(), frame};
    }
}
