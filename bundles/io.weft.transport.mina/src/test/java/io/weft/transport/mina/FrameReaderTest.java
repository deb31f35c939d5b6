package io.weft.transport.mina;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameReaderTest {

    private static final int LIMIT = 100_000;

    private static ByteBuffer stream(List<byte[]> frames) {
        ByteBuffer stream = ByteBuffer.allocate(
                frames.stream().mapToInt(frame -> 4 + frame.length).sum());
        frames.forEach(frame -> stream.putInt(frame.length).put(frame));
        return stream.flip();
    }

    private static List<ByteBuffer> read(ByteBuffer stream, int[] cuts) throws IOException {
        FrameReader reader = new FrameReader(LIMIT);
        List<ByteBuffer> read = new ArrayList<>();
        for (int cut : cuts) {
            int length = Math.min(cut, stream.remaining());
            reader.accept(
                    stream.slice(stream.position(), length),
                    frame -> read.add(
                            ByteBuffer.allocate(frame.remaining()).put(frame).flip()));
            stream.position(stream.position() + length);
        }
        return read;
    }

    @Test
    void findsTheSameFramesWhereverTheStreamIsCut() throws Exception {
        Random random = new Random(7);
        for (int run = 0; run < 40; run++) {
            List<byte[]> frames = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                byte[] frame = new byte[random.nextInt(3) == 0 ? random.nextInt(4) : random.nextInt(LIMIT)];
                random.nextBytes(frame);
                frames.add(frame);
            }
            ByteBuffer stream = stream(frames);
            int largest = random.nextBoolean() ? 7 : 50_000;
            int[] cuts = random.ints(stream.remaining() + 1L, 1, largest + 1).toArray();
            assertEquals(frames.stream().map(ByteBuffer::wrap).toList(), read(stream, cuts), "run " + run);
        }
    }

    @Test
    void refusesALengthBeforeItTakesMemoryForIt() {
        for (int length : new int[] {LIMIT + 1, Integer.MAX_VALUE, -2, Integer.MIN_VALUE}) {
            ByteBuffer announced = ByteBuffer.allocate(4).putInt(length).flip();
            IOException refused =
                    assertThrows(IOException.class, () -> new FrameReader(LIMIT).accept(announced, frame -> {}));
            assertEquals(
                    "a frame of " + Integer.toUnsignedString(length)
                            + " bytes is announced; at most 100000 are allowed",
                    refused.getMessage());
        }
    }

    @Test
    void skipsSignsOfLife() throws Exception {
        ByteBuffer stream = ByteBuffer.allocate(30)
                .putInt(-1)
                .putInt(2)
                .put(new byte[] {5, 6})
                .putInt(-1)
                .putInt(-1)
                .putInt(0)
                .flip();
        for (int cut : new int[] {1, 3, 30}) {
            int[] cuts = new int[30];
            Arrays.fill(cuts, cut);
            assertEquals(
                    List.of(ByteBuffer.wrap(new byte[] {5, 6}), ByteBuffer.allocate(0)), read(stream.rewind(), cuts));
        }
    }
}
