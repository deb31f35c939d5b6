package io.weft.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FrameTest {

    private static ByteBuffer chunk() {
        ByteBuffer payload = ByteBuffer.wrap("123456789".getBytes(StandardCharsets.US_ASCII));
        return Frame.of(Frame.Type.CHUNK, Frame.MORE, 7, 1L << 40, payload);
    }

    @Test
    void comesBackAsItWasMade() throws Exception {
        Frame frame = Frame.parse(chunk());
        assertEquals(Frame.Type.CHUNK, frame.type());
        assertTrue(frame.more());
        assertEquals(7, frame.stream());
        assertEquals(1L << 40, frame.offset());
        assertEquals(
                "123456789", StandardCharsets.US_ASCII.decode(frame.payload()).toString());
        assertEquals(33, frame.size());
    }

    @Test
    void isRefusedWhenAnyByteChanged() {
        for (int i = 0; i < chunk().remaining(); i++) {
            ByteBuffer broken = chunk();
            broken.put(i, (byte) (broken.get(i) ^ 1));
            assertThrows(ProtocolException.class, () -> Frame.parse(broken), "byte " + i);
        }
    }

    @Test
    void isRefusedWhenItIsCutOrLong() {
        assertThrows(ProtocolException.class, () -> Frame.parse(chunk().limit(23)));
        assertThrows(ProtocolException.class, () -> Frame.parse(chunk().limit(32)));
        ByteBuffer large = Frame.of(Frame.Type.CHUNK, 0, 1, 0, ByteBuffer.allocate(Frame.MAX_PAYLOAD + 1));
        assertThrows(ProtocolException.class, () -> Frame.parse(large));
    }
}
