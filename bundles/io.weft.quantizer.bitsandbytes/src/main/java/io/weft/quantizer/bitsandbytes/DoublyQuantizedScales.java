package io.weft.quantizer.bitsandbytes;

import io.weft.api.plugin.Refusal;
import java.nio.ByteBuffer;

/**
 * Scales less their mean, coded in turn in 8 bits with the dynamic map in blocks of 256 (Dettmers et al. 2023, QLoRA,
 * https://arxiv.org/abs/2305.14314, section 3). The mean is summed in fp64, so it does not depend on the order of a sum.
 */
final class DoublyQuantizedScales implements Scales {

    /** How many scales share a scale of their own. */
    static final int BLOCK = 256;

    private final String tensor;
    private final DynamicMap map;
    private double sum;
    private long count;
    private float mean;

    DoublyQuantizedScales(String tensor, DynamicMap map) {
        this.tensor = tensor;
        this.map = map;
    }

    @Override
    public int bytes(int blocks) {
        return blocks + (blocks + BLOCK - 1) / BLOCK * Float.BYTES;
    }

    @Override
    public int headerBytes() {
        return Integer.BYTES + Float.BYTES;
    }

    @Override
    public boolean needsSurvey() {
        return true;
    }

    @Override
    public void survey(float[] scales, int blocks) {
        for (int block = 0; block < blocks; block++) {
            sum += scales[block];
        }
        count += blocks;
    }

    @Override
    public void writeHeader(ByteBuffer out) {
        mean = (float) (sum / count);
        out.putInt(map.id()).putFloat(mean);
    }

    @Override
    public void readHeader(ByteBuffer in) {
        ByteCodec.checkMap(map, in.getInt(), tensor);
        mean = in.getFloat();
        if (!Float.isFinite(mean)) {
            throw new Refusal("tensor '" + tensor + "' has scales around " + mean);
        }
    }

    @Override
    public void write(float[] scales, int blocks, ByteBuffer out) {
        float[] centred = new float[BLOCK];
        byte[] codes = new byte[BLOCK];
        for (int first = 0; first < blocks; first += BLOCK) {
            int size = Math.min(BLOCK, blocks - first);
            for (int i = 0; i < size; i++) {
                centred[i] = scales[first + i] - mean;
            }
            float largest = Blocks.largest(centred, 0, size);
            Blocks.quantize(map.book(), centred, 0, size, largest, codes, 0);
            out.putFloat(largest).put(codes, 0, size);
        }
    }

    @Override
    public void read(ByteBuffer in, float[] scales, int blocks) {
        for (int first = 0; first < blocks; first += BLOCK) {
            float scale = in.getFloat();
            int size = Math.min(BLOCK, blocks - first);
            for (int i = 0; i < size; i++) {
                scales[first + i] = map.book().value(in.get() & 0xff) * scale + mean;
            }
        }
    }
}
