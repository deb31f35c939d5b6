package io.weft.quantizer.bitsandbytes;

import java.nio.ByteBuffer;

/** How the scales of a tensor's blocks, which are the largest magnitudes in them, are written. */
interface Scales {

    /** The bytes of so many scales. */
    int bytes(int blocks);

    /** The bytes of what counts for all scales of a tensor. */
    int headerBytes();

    /** Whether all scales must have been seen before the first is written. */
    boolean needsSurvey();

    void survey(float[] scales, int blocks);

    void writeHeader(ByteBuffer out);

    void readHeader(ByteBuffer in);

    void write(float[] scales, int blocks, ByteBuffer out);

    void read(ByteBuffer in, float[] scales, int blocks);
}
