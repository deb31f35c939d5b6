package io.weft.quantizer.bitsandbytes;

import io.weft.api.exchange.Codec;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * One tensor in 4 bits a value: the scales of a piece's blocks, then two codes a byte, the first in the upper half. An odd last value
 * has a zero beside it.
 */
final class NibbleCodec implements Codec {

    private final String tensor;
    private final NibbleBook book;
    private final int block;
    private final Scales scales;
    private final Optional<RandomGenerator> chance;
    private float[] largest = {};
    private byte[] codes = {};

    /**
     * @param block even
     * @param chance for stochastic rounding
     */
    NibbleCodec(String tensor, NibbleBook book, int block, Scales scales, Optional<RandomGenerator> chance) {
        this.tensor = tensor;
        this.book = book;
        this.block = block;
        this.scales = scales;
        this.chance = chance;
    }

    private int blocks(int count) {
        return (count + block - 1) / block;
    }

    private static int codeBytes(int count) {
        return (count + 1) / 2;
    }

    @Override
    public int room(int count) {
        return Math.addExact(codeBytes(count), metaBytes(count));
    }

    @Override
    public int metaBytes(int count) {
        return scales.bytes(blocks(count));
    }

    @Override
    public boolean needsSurvey() {
        return scales.needsSurvey();
    }

    @Override
    public void survey(float[] piece, int count) {
        scales(piece, count);
        scales.survey(largest, blocks(count));
    }

    @Override
    public int headerBytes() {
        return scales.headerBytes();
    }

    @Override
    public void writeHeader(ByteBuffer out) {
        scales.writeHeader(out);
    }

    @Override
    public void readHeader(ByteBuffer in) {
        scales.readHeader(in);
    }

    private void reserve(int count) {
        if (codes.length < codeBytes(count)) {
            codes = new byte[codeBytes(count)];
            largest = new float[blocks(count)];
        }
    }

    private void scales(float[] piece, int count) {
        reserve(count);
        for (int index = 0; index < blocks(count); index++) {
            int first = index * block;
            float most = Blocks.largestOfFew(piece, first, Math.min(block, count - first));
            largest[index] = Finite.check(most, tensor);
        }
    }

    @Override
    public void encode(float[] piece, int count, ByteBuffer out) {
        scales(piece, count);
        for (int index = 0; index < blocks(count); index++) {
            int first = index * block;
            int size = Math.min(block, count - first);
            if (chance.isEmpty()) {
                quantize(piece, first, size & ~1, largest[index]);
            } else {
                round(piece, first, size & ~1, largest[index], chance.get());
            }
            if ((size & 1) == 1) {
                int last = first + size - 1;
                float number = piece[last] * Blocks.reciprocal(largest[index]);
                int high = chance.isEmpty()
                        ? book.book().nearest(number)
                        : book.book().around(number, chance.get());
                codes[last >> 1] = book.pairs()[(high << 4) | book.book().nearest(0)];
            }
        }
        scales.write(largest, blocks(count), out);
        out.put(codes, 0, codeBytes(count));
    }

    private void quantize(float[] piece, int first, int count, float most) {
        int[] cells = book.book().cells();
        byte[] pairs = book.pairs();
        float factor = Blocks.reciprocal(most);
        for (int i = first; i < first + count; i += 2) {
            int upper = Float.floatToRawIntBits(piece[i] * factor);
            int lower = Float.floatToRawIntBits(piece[i + 1] * factor);
            int high = ((cells[upper >>> 16] + (upper & 0xffff)) >>> 16) ^ ((upper >> 31) & 15);
            int low = ((cells[lower >>> 16] + (lower & 0xffff)) >>> 16) ^ ((lower >> 31) & 15);
            codes[i >> 1] = pairs[(high << 4) | low];
        }
    }

    private void round(float[] piece, int first, int count, float most, RandomGenerator random) {
        float factor = Blocks.reciprocal(most);
        for (int i = first; i < first + count; i += 2) {
            int high = book.book().around(piece[i] * factor, random);
            int low = book.book().around(piece[i + 1] * factor, random);
            codes[i >> 1] = book.pairs()[(high << 4) | low];
        }
    }

    @Override
    public void decode(ByteBuffer in, float[] piece, int count) {
        reserve(count);
        scales.read(in, largest, blocks(count));
        in.get(codes, 0, codeBytes(count));
        float[] scaled = new float[NibbleBook.SIZE];
        for (int index = 0; index < blocks(count); index++) {
            float scale = Finite.check(largest[index], tensor);
            for (int code = 0; code < scaled.length; code++) {
                scaled[code] = book.value(code) * scale;
            }
            int first = index * block;
            int end = Math.min(first + block, count);
            for (int i = first; i < (end & ~1); i += 2) {
                int pair = codes[i >> 1];
                piece[i] = scaled[(pair >> 4) & 15];
                piece[i + 1] = scaled[pair & 15];
            }
            if ((end & 1) == 1) {
                piece[end - 1] = scaled[(codes[end >> 1] >> 4) & 15];
            }
        }
    }
}
