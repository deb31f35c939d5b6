package io.weft.quantizer.bitsandbytes;

import java.nio.ByteBuffer;

/** Scales as fp32. */
final class PlainScales implements Scales {

    @Override
    public int bytes(int blocks) {
        return Math.multiplyExact(blocks, Float.BYTES);
    }

    @Override
    public int headerBytes() {
        return 0;
    }

    @Override
    public boolean needsSurvey() {
        return false;
    }

    @Override
    public void survey(float[] scales, int blocks) {}

    @Override
    public void writeHeader(ByteBuffer out) {}

    @Override
    public void readHeader(ByteBuffer in) {}

    @Override
    public void write(float[] scales, int blocks, ByteBuffer out) {
        for (int block = 0; block < blocks; block++) {
            out.putFloat(scales[block]);
        }
    }

    @Override
    public void read(ByteBuffer in, float[] scales, int blocks) {
        for (int block = 0; block < blocks; block++) {
            scales[block] = in.getFloat();
        }
    }
}
