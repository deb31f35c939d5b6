package io.weft.exchange.coding;

import io.weft.api.exchange.Codec;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * What coding would make of tensors.
 *
 * @param rawBytes in fp32
 * @param encodedBytes of the codes
 * @param metaBytes of what comes with them: scales, headers, lengths of pieces
 * @param relativeError the norm of what is lost over the norm of the values; 0 when all are 0. Infinities and NaNs that came back as
 *     such count for nothing
 * @param cosine of the angle between what was coded and what came back; 1 when all are 0
 */
public record Measured(long rawBytes, long encodedBytes, long metaBytes, double relativeError, double cosine) {

    /**
     * Codes and decodes tensors without keeping anything, one piece in memory; a job's rules for what passes as it is do not count.
     *
     * @param tensors that the quantizer accepts
     */
    public static Measured of(Coding coding, TensorReader model, List<TensorSpec> tensors) throws IOException {
        Sums sums = new Sums();
        for (TensorSpec tensor : tensors) {
            sums.rawBytes += tensor.elements() * Float.BYTES;
            if (tensor.elements() > 0) {
                sums.add(coding, model, tensor);
            }
        }
        return new Measured(sums.rawBytes, sums.encodedBytes, sums.metaBytes, sums.relativeError(), sums.cosine());
    }

    private static final class Sums {

        private long rawBytes;
        private long encodedBytes;
        private long metaBytes;
        private double squares;
        private double decodedSquares;
        private double products;
        private double lost;

        void add(Coding coding, TensorReader model, TensorSpec tensor) throws IOException {
            CodedLayout layout = coding.layout(tensor);
            float[] values = new float[layout.count(0)];
            float[] decoded = new float[layout.count(0)];
            try (Codec codec = coding.quantizer()
                    .plugin()
                    .codec(tensor, 1, coding.quantizer().job())) {
                for (int i = 0; codec.needsSurvey() && i < layout.pieces(); i++) {
                    model.read(tensor, layout.first(i), values, layout.count(i));
                    codec.survey(values, layout.count(i));
                }
                codec.writeHeader(little(codec.headerBytes()));
                metaBytes += codec.headerBytes() + layout.indexBytes();
                ByteBuffer piece = little(codec.room(layout.count(0)));
                for (int i = 0; i < layout.pieces(); i++) {
                    int count = layout.count(i);
                    model.read(tensor, layout.first(i), values, count);
                    codec.encode(values, count, piece.clear());
                    int meta = codec.metaBytes(count);
                    metaBytes += meta;
                    encodedBytes += piece.flip().remaining() - meta;
                    codec.decode(piece, decoded, count);
                    compare(values, decoded, count);
                }
            }
        }

        private void compare(float[] values, float[] decoded, int count) {
            for (int i = 0; i < count; i++) {
                double value = values[i];
                double back = decoded[i];
                if (!Double.isFinite(value) && Double.compare(value, back) == 0) {
                    continue;
                }
                squares += value * value;
                decodedSquares += back * back;
                products += value * back;
                lost += (value - back) * (value - back);
            }
        }

        private double relativeError() {
            return lost == 0 ? 0 : Math.sqrt(lost / squares);
        }

        private double cosine() {
            return lost == 0 ? 1 : Math.min(1, products / Math.sqrt(squares * decodedSquares));
        }

        private static ByteBuffer little(int capacity) {
            return ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
        }
    }
}
