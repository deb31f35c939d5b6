package io.weft.api.testing;

import io.weft.api.exchange.Codec;
import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.JobContext;
import io.weft.api.tensor.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A tensor that is coded and decoded in pieces, as the runtime does it. */
final class CodedTensor {

    private final Quantizer quantizer;
    private final JobContext job;
    private final TensorSpec tensor;
    private final float[] values;
    private final int piece;
    private final Codec codec;
    private final List<byte[]> pieces = new ArrayList<>();
    private byte[] header = {};

    CodedTensor(Quantizer quantizer, JobContext job, TensorSpec tensor, float[] values, int piece) {
        this.quantizer = quantizer;
        this.job = job;
        this.tensor = tensor;
        this.values = values;
        this.piece = piece;
        this.codec = quantizer.codec(tensor, 1, job);
    }

    private int count(int index) {
        return Math.min(piece, values.length - index * piece);
    }

    private int pieces() {
        return (values.length + piece - 1) / piece;
    }

    /** Looks at all values, if that is needed, and writes the header. */
    void begin() {
        if (codec.needsSurvey()) {
            for (int index = 0; index < pieces(); index++) {
                survey(index);
            }
        }
        header = new byte[codec.headerBytes()];
        ByteBuffer out = little(header);
        codec.writeHeader(out);
        if (out.hasRemaining()) {
            throw new AssertionError("the header is shorter than headerBytes() by " + out.remaining());
        }
    }

    private void survey(int index) {
        float[] lent = values(index);
        codec.survey(lent, count(index));
        checkUnchanged(lent, index);
    }

    private float[] values(int index) {
        return Arrays.copyOfRange(values, index * piece, index * piece + count(index));
    }

    private void checkUnchanged(float[] lent, int index) {
        if (!Arrays.equals(lent, values(index))) {
            throw new AssertionError("the codec changed what it was lent");
        }
    }

    /** Codes all pieces. */
    void encode() {
        for (int index = 0; index < pieces(); index++) {
            float[] lent = values(index);
            byte[] room = new byte[codec.room(count(index))];
            ByteBuffer out = little(room);
            codec.encode(lent, count(index), out);
            checkUnchanged(lent, index);
            pieces.add(Arrays.copyOf(room, out.position()));
        }
        codec.close();
    }

    /** Everything that crosses the wire. */
    byte[] bytes() {
        int size = header.length + pieces.stream().mapToInt(one -> one.length).sum();
        ByteBuffer all = ByteBuffer.allocate(size).put(header);
        pieces.forEach(all::put);
        return all.array();
    }

    float[] decoded() {
        return decoded(false);
    }

    float[] decodedBackwards() {
        return decoded(true);
    }

    private float[] decoded(boolean backwards) {
        float[] all = new float[values.length];
        try (Codec other = reading()) {
            for (int i = 0; i < pieces(); i++) {
                int index = backwards ? pieces() - 1 - i : i;
                float[] into = new float[piece];
                ByteBuffer in = little(pieces.get(index));
                other.decode(in, into, count(index));
                if (in.hasRemaining()) {
                    throw new AssertionError("a piece has " + in.remaining() + " bytes that nobody read");
                }
                System.arraycopy(into, 0, all, index * piece, count(index));
            }
        }
        return all;
    }

    /** Decodes the first piece, of which the last byte is not there. */
    void decodedWithoutItsLastByte() {
        byte[] whole = pieces.get(0);
        try (Codec other = reading()) {
            other.decode(little(Arrays.copyOf(whole, whole.length - 1)), new float[piece], count(0));
        }
    }

    private Codec reading() {
        Codec other = quantizer.codec(tensor, 0, job);
        other.readHeader(little(header.clone()));
        return other;
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
