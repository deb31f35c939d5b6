package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.weft.api.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class WholeNumbersTest {

    private static ByteBuffer bytes(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length);
        for (int value : values) {
            bytes.put((byte) value);
        }
        return bytes.flip();
    }

    private static ByteBuffer longs(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return bytes;
    }

    private static byte[] folded(DType type, double[] weights, ByteBuffer before, int count, ByteBuffer... sites) {
        ByteBuffer out = ByteBuffer.allocate(before.limit());
        new WholeNumbers(type, weights).fold(before, sites, out, count);
        return out.array();
    }

    @Test
    void takesWhatAllSitesAgreeUponAsItIs() {
        long large = Long.MAX_VALUE - 1;
        assertArrayEquals(
                longs(large, -3).array(),
                folded(DType.I64, new double[] {1, 2}, longs(0, 5), 2, longs(large, -3), longs(large, -3)));
    }

    @Test
    void roundsTheWeightedMeanToTheNearest() {
        assertArrayEquals(
                longs(18, -8).array(),
                folded(DType.I64, new double[] {1, 3}, longs(10, 0), 2, longs(12, -11), longs(20, -7)));
    }

    @Test
    void readsBytesWithoutASignAsSuch() {
        assertArrayEquals(
                bytes(225).array(), folded(DType.U8, new double[] {1, 1}, bytes(200), 1, bytes(200), bytes(250)));
    }

    @Test
    void keepsATruthValueUnlessTheWeightIsAgainstIt() {
        assertArrayEquals(
                bytes(1, 0).array(), folded(DType.BOOL, new double[] {3, 1}, bytes(1, 1), 2, bytes(1, 0), bytes(0, 1)));
    }

    @Test
    void keepsSmallFloatsOnWhichSitesDisagree() {
        assertArrayEquals(
                bytes(56, 60).array(),
                folded(DType.F8_E4M3, new double[] {1, 1}, bytes(1, 60), 2, bytes(56, 2), bytes(56, 3)));
    }
}
