package io.weft.quantizer.bitsandbytes;

import io.weft.api.exchange.Codec;
import io.weft.api.plugin.Refusal;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** One tensor in 8 bits a value: the scales of a piece's blocks, then an index a value. */
final class ByteCodec implements Codec {

    private final String tensor;
    private final DynamicMap map;
    private final int block;
    private final Optional<RandomGenerator> chance;
    private final PlainScales scales = new PlainScales();
    private float[] largest = {};
    private byte[] codes = {};

    /**
     * @param chance for stochastic rounding
     */
    ByteCodec(String tensor, DynamicMap map, int block, Optional<RandomGenerator> chance) {
        this.tensor = tensor;
        this.map = map;
        this.block = block;
        this.chance = chance;
    }

    static void checkMap(DynamicMap map, int id, String tensor) {
        if (map.id() != id) {
            throw new Refusal(
                    "tensor '" + tensor + "' is coded with another map than the option map names; use the same"
                            + " plugin with the same options at both ends");
        }
    }

    private int blocks(int count) {
        return (count + block - 1) / block;
    }

    @Override
    public int room(int count) {
        return Math.addExact(count, metaBytes(count));
    }

    @Override
    public int metaBytes(int count) {
        return scales.bytes(blocks(count));
    }

    @Override
    public int headerBytes() {
        return Integer.BYTES;
    }

    @Override
    public void writeHeader(ByteBuffer out) {
        out.putInt(map.id());
    }

    @Override
    public void readHeader(ByteBuffer in) {
        checkMap(map, in.getInt(), tensor);
    }

    private void reserve(int count) {
        if (codes.length < count) {
            codes = new byte[count];
            largest = new float[blocks(count)];
        }
    }

    @Override
    public void encode(float[] piece, int count, ByteBuffer out) {
        reserve(count);
        for (int index = 0; index < blocks(count); index++) {
            int first = index * block;
            int size = Math.min(block, count - first);
            largest[index] = Finite.check(Blocks.largest(piece, first, size), tensor);
            if (chance.isEmpty()) {
                Blocks.quantize(map.book(), piece, first, size, largest[index], codes, first);
            } else {
                float factor = Blocks.reciprocal(largest[index]);
                for (int i = first; i < first + size; i++) {
                    codes[i] = (byte) map.book().around(piece[i] * factor, chance.get());
                }
            }
        }
        scales.write(largest, blocks(count), out);
        out.put(codes, 0, count);
    }

    @Override
    public void decode(ByteBuffer in, float[] piece, int count) {
        reserve(count);
        scales.read(in, largest, blocks(count));
        in.get(codes, 0, count);
        for (int index = 0; index < blocks(count); index++) {
            float scale = Finite.check(largest[index], tensor);
            int first = index * block;
            int end = Math.min(first + block, count);
            for (int i = first; i < end; i++) {
                piece[i] = map.book().value(codes[i] & 0xff) * scale;
            }
        }
    }
}
