package io.weft.tensor.internal;

import io.weft.api.tensor.DType;
import io.weft.tensor.Halves;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;

/** Little-endian elements of any decodable type, to fp32 and back; advances the buffer. */
final class Elements {

    private Elements() {}

    static void decode(DType type, ByteBuffer from, float[] into, int at, int count) {
        switch (type) {
            case F32 -> {
                from.asFloatBuffer().get(into, at, count);
                from.position(from.position() + count * Float.BYTES);
            }
            case BF16 -> Halves.fromBfloat16(from, into, at, count);
            case F16 -> Halves.fromFloat16(from, into, at, count);
            case F64 -> {
                DoubleBuffer values = from.asDoubleBuffer();
                for (int i = 0; i < count; i++) {
                    into[at + i] = (float) values.get();
                }
                from.position(from.position() + count * Double.BYTES);
            }
            case F8_E5M2, F8_E4M3, I64, I32, I16, I8, U8, BOOL -> throw notDecodable(type);
        }
    }

    static void encode(DType type, float[] from, int first, ByteBuffer into, int count) {
        switch (type) {
            case F32 -> {
                into.asFloatBuffer().put(from, first, count);
                into.position(into.position() + count * Float.BYTES);
            }
            case BF16 -> Halves.toBfloat16(from, first, into, count);
            case F16 -> Halves.toFloat16(from, first, into, count);
            case F64 -> {
                DoubleBuffer values = into.asDoubleBuffer();
                for (int i = 0; i < count; i++) {
                    values.put(from[first + i]);
                }
                into.position(into.position() + count * Double.BYTES);
            }
            case F8_E5M2, F8_E4M3, I64, I32, I16, I8, U8, BOOL -> throw notDecodable(type);
        }
    }

    static IllegalArgumentException notDecodable(DType type) {
        return new IllegalArgumentException(type + " is carried as bytes and not converted to floats");
    }
}
