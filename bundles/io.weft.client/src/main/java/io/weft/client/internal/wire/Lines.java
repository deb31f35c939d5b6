package io.weft.client.internal.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Messages on a socket: JSON objects, one a line. Read by one thread; written by any. */
public final class Lines {

    private static final int LONGEST_LINE = 1 << 20;

    private final SocketChannel socket;
    private ByteBuffer bytes = ByteBuffer.allocate(1 << 12).flip();

    public Lines(SocketChannel socket) {
        this.socket = socket;
    }

    public void write(Map<String, Object> message) throws IOException {
        ByteBuffer line = StandardCharsets.UTF_8.encode(Json.line(message) + "\n");
        synchronized (socket) {
            while (line.hasRemaining()) {
                socket.write(line);
            }
        }
    }

    /**
     * The next message; empty at the end.
     *
     * @throws IOException when it is none
     */
    public Optional<Map<String, Object>> next() throws IOException {
        int scanned = 0;
        while (true) {
            for (int i = bytes.position() + scanned; i < bytes.limit(); i++) {
                if (bytes.get(i) == '\n') {
                    byte[] line = new byte[i - bytes.position()];
                    bytes.get(line).get();
                    return Optional.of(JsonText.object(new String(line, StandardCharsets.UTF_8)));
                }
            }
            scanned = bytes.remaining();
            if (!more()) {
                return Optional.empty();
            }
        }
    }

    private boolean more() throws IOException {
        bytes.compact();
        if (!bytes.hasRemaining()) {
            if (bytes.capacity() >= LONGEST_LINE) {
                throw new IOException("a line of more than " + LONGEST_LINE + " bytes");
            }
            bytes = ByteBuffer.allocate(bytes.capacity() * 2).put(bytes.flip());
        }
        int read = socket.read(bytes);
        bytes.flip();
        return read >= 0;
    }
}
