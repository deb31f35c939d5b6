package io.weft.tracking.internal;

import java.io.ByteArrayOutputStream;
import java.util.List;

/**
 * Encodes one Protocol Buffers message field by field, as <a href="https://protobuf.dev/programming-guides/encoding/">its wire
 * format</a> says; fields are given in the order of their numbers, and those with default values are left out.
 */
final class Message {

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED32 = 5;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Message integer(int field, long value) {
        key(field, VARINT);
        varint(value);
        return this;
    }

    Message number(int field, double value) {
        key(field, FIXED64);
        littleEndian(Double.doubleToLongBits(value), Double.BYTES);
        return this;
    }

    Message number(int field, float value) {
        key(field, FIXED32);
        littleEndian(Float.floatToIntBits(value), Float.BYTES);
        return this;
    }

    Message numberUnlessZero(int field, double value) {
        // The default is the positive zero; the negative one is written, as every encoder does.
        return Double.doubleToLongBits(value) == 0 ? this : number(field, value);
    }

    /** A packed repeated field. */
    Message numbers(int field, List<Double> values) {
        if (!values.isEmpty()) {
            key(field, LENGTH_DELIMITED);
            varint((long) values.size() * Double.BYTES);
            values.forEach(value -> littleEndian(Double.doubleToLongBits(value), Double.BYTES));
        }
        return this;
    }

    Message content(int field, byte[] content) {
        key(field, LENGTH_DELIMITED);
        varint(content.length);
        bytes.writeBytes(content);
        return this;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    private void key(int field, int type) {
        varint(((long) field << 3) | type);
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes.write((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        bytes.write((int) rest);
    }

    private void littleEndian(long bits, int size) {
        for (int i = 0; i < size; i++) {
            bytes.write((int) (bits >>> (Byte.SIZE * i)));
        }
    }
}
