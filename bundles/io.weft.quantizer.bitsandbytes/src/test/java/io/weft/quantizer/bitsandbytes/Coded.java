package io.weft.quantizer.bitsandbytes;

import io.weft.api.exchange.Codec;
import io.weft.api.exchange.Quantizer;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.testing.TestJob;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/** A tensor of one piece, coded and decoded again. */
final class Coded {

    private final byte[] header;
    private final byte[] bytes;
    private final float[] decoded;

    private Coded(byte[] header, byte[] bytes, float[] decoded) {
        this.header = header;
        this.bytes = bytes;
        this.decoded = decoded;
    }

    static Coded of(Quantizer quantizer, Map<String, Object> options, float... values) {
        TestJob job = new TestJob(options);
        TensorSpec tensor = TensorSpec.of("w", DType.F32, Shape.of(values.length));
        Codec codec = quantizer.codec(tensor, 1, job);
        if (codec.needsSurvey()) {
            codec.survey(values, values.length);
        }
        ByteBuffer header = little(codec.headerBytes());
        codec.writeHeader(header);
        ByteBuffer out = little(codec.room(values.length));
        codec.encode(values, values.length, out);
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);

        Codec other = quantizer.codec(tensor, 0, job);
        other.readHeader(header.flip());
        float[] decoded = new float[values.length];
        other.decode(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), decoded, decoded.length);
        byte[] first = new byte[codec.headerBytes()];
        header.get(0, first);
        return new Coded(first, bytes, decoded);
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    ByteBuffer header() {
        return ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The last bytes. */
    byte[] codes(int count) {
        byte[] codes = new byte[count];
        System.arraycopy(bytes, bytes.length - count, codes, 0, count);
        return codes;
    }

    /** The first bytes as fp32. */
    float[] scales(int count) {
        float[] scales = new float[count];
        bytes().asFloatBuffer().get(scales);
        return scales;
    }

    ByteBuffer bytes() {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    float[] decoded() {
        return decoded.clone();
    }
}
