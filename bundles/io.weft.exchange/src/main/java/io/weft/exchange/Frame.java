package io.weft.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * One frame: 24 bytes of header, then the payload. Big-endian: type 1, flags 1, reserved 2, stream 4, payload length 4, CRC32C 4
 * (of all other bytes), offset 8.
 */
final class Frame {

    static final int HEADER = 24;

    /** The largest payload that either end accepts. */
    static final int MAX_PAYLOAD = 1 << 20;

    /** The largest payload of the first frame in each direction, before either end knows what the other one speaks. */
    static final int MAX_GREETING = 4 << 10;

    /** A message goes on in the next frame of the same type and stream. */
    static final int MORE = 1;

    /** An {@link Type#OPEN} of an end whose link was answered before, over a new connection. */
    static final int AGAIN = 2;

    private static final int CRC_AT = 12;

    enum Type {
        /** A message that wants an answer; its stream is new. */
        REQUEST(1),
        /** The answer to the request on this stream. */
        ANSWER(2),
        /** Why the request on this stream has no answer. */
        FAILURE(3),
        /** The requester no longer wants an answer. */
        CANCEL(4),
        /** A message that wants no answer; stream 0. */
        NOTICE(5),
        /** Which tensor the following chunks belong to. */
        TENSOR(6),
        /** Bytes of the current tensor; the offset is theirs within the tensor. */
        CHUNK(7),
        /** SHA-256 of the current tensor, which is whole now. */
        DIGEST(8),
        /** Every tensor was sent. */
        END(9),
        /** The offset is the sum of chunk bytes that may be sent on this stream so far. */
        CREDIT(10),
        /** The first frame of who dialed: {@link Opening}; the offset is the number of counted frames that it has received. */
        OPEN(11),
        /** The answer to that, and the first frame of who accepted; the offset likewise. */
        OPENED(12),
        /** The offset is the number of counted frames received so far. */
        RECEIVED(13),
        /** Nothing more will come, and nothing shall: the link is over, not only its connection. */
        GOODBYE(14);

        private static final Type[] BY_CODE = values();

        private final int code;

        Type(int code) {
            this.code = code;
        }

        static Type of(int code) throws ProtocolException {
            if (code < 1 || code > BY_CODE.length) {
                throw new ProtocolException("unknown frame type " + code);
            }
            return BY_CODE[code - 1];
        }

        /** Whether it is kept until the other end has received it, and sent again over the next connection. */
        boolean isCounted() {
            return switch (this) {
                case REQUEST, ANSWER, FAILURE, CANCEL -> true;
                case NOTICE, TENSOR, CHUNK, DIGEST, END, CREDIT, OPEN, OPENED, RECEIVED, GOODBYE -> false;
            };
        }
    }

    private final Type type;
    private final int flags;
    private final int stream;
    private final long offset;
    private final ByteBuffer payload;

    private Frame(Type type, int flags, int stream, long offset, ByteBuffer payload) {
        this.type = type;
        this.flags = flags;
        this.stream = stream;
        this.offset = offset;
        this.payload = payload;
    }

    /** Checks a received frame. The payload is a view of the buffer. */
    static Frame parse(ByteBuffer received) throws ProtocolException {
        return parse(received, MAX_PAYLOAD);
    }

    static Frame parse(ByteBuffer received, int maxPayload) throws ProtocolException {
        ByteBuffer frame = received.slice().order(ByteOrder.BIG_ENDIAN);
        if (frame.remaining() < HEADER) {
            throw new ProtocolException("a frame of " + frame.remaining() + " bytes is shorter than its header");
        }
        Type type = Type.of(frame.get(0));
        int length = frame.getInt(8);
        if (length < 0 || length > maxPayload || length != frame.remaining() - HEADER) {
            throw new ProtocolException("a frame says " + length + " bytes of payload and has "
                    + (frame.remaining() - HEADER) + "; at most " + maxPayload + " are allowed");
        }
        if (frame.getInt(CRC_AT) != crc(frame)) {
            throw new ProtocolException("a frame's CRC32C does not match its bytes");
        }
        return new Frame(type, frame.get(1) & 0xff, frame.getInt(4), frame.getLong(16), frame.slice(HEADER, length));
    }

    static ByteBuffer of(Type type, int flags, int stream, long offset, ByteBuffer payload) {
        ByteBuffer frame = ByteBuffer.allocate(HEADER + payload.remaining());
        frame.position(HEADER).put(payload.duplicate());
        return seal(frame, type, flags, stream, offset);
    }

    static ByteBuffer of(Type type, int stream, long offset) {
        return of(type, 0, stream, offset, ByteBuffer.allocate(0));
    }

    /** Writes the header in front of a payload that ends at the buffer's position; the buffer is then ready to be sent. */
    static ByteBuffer seal(ByteBuffer frame, Type type, int flags, int stream, long offset) {
        frame.flip();
        frame.order(ByteOrder.BIG_ENDIAN);
        frame.put(0, (byte) type.code);
        frame.put(1, (byte) flags);
        frame.putShort(2, (short) 0);
        frame.putInt(4, stream);
        frame.putInt(8, frame.limit() - HEADER);
        frame.putLong(16, offset);
        frame.putInt(CRC_AT, crc(frame));
        return frame;
    }

    private static int crc(ByteBuffer frame) {
        CRC32C crc = new CRC32C();
        crc.update(frame.duplicate().position(0).limit(CRC_AT));
        crc.update(frame.duplicate().position(CRC_AT + Integer.BYTES));
        return (int) crc.getValue();
    }

    Type type() {
        return type;
    }

    boolean more() {
        return (flags & MORE) != 0;
    }

    boolean isAgain() {
        return (flags & AGAIN) != 0;
    }

    int stream() {
        return stream;
    }

    long offset() {
        return offset;
    }

    ByteBuffer payload() {
        return payload;
    }

    /** Whether a frame that is ready to be sent is a counted one. */
    static boolean isCounted(ByteBuffer frame) {
        return Type.BY_CODE[frame.get(frame.position()) - 1].isCounted();
    }

    /** The size on the wire. */
    int size() {
        return HEADER + payload.capacity();
    }
}
