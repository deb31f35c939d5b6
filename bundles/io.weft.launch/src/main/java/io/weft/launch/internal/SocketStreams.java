package io.weft.launch.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * A socket channel as streams. Those of {@link java.nio.channels.Channels} hold one lock while they read or write, so that until Java
 * 19 nobody can write while somebody waits for input.
 */
final class SocketStreams {

    private SocketStreams() {}

    /** What arrives at a blocking channel. */
    static InputStream input(SocketChannel channel) {
        return new Input() {
            @Override
            int read(ByteBuffer into) throws IOException {
                return channel.read(into);
            }
        };
    }

    /** What is written to a channel; one that does not block takes it at once, or whoever reads there hangs. */
    static OutputStream output(SocketChannel channel) {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int count) throws IOException {
                ByteBuffer left = ByteBuffer.wrap(bytes, from, count);
                while (left.hasRemaining()) {
                    if (channel.write(left) == 0) {
                        throw new OutOfPatience();
                    }
                }
            }
        };
    }

    /** What arrives at a channel that does not block, for somebody who may lose patience. */
    static final class Patient extends Input {

        private final SocketChannel channel;
        private final Selector selector;
        private Duration patience;

        /** The selector is the caller's to close. */
        Patient(SocketChannel channel, Selector selector, Duration patience) throws IOException {
            this.channel = channel;
            this.selector = selector;
            this.patience = patience;
            channel.register(selector, SelectionKey.OP_READ);
        }

        /** From now on waits as long as it takes. */
        void waitForever() {
            patience = Duration.ZERO;
        }

        @Override
        int read(ByteBuffer into) throws IOException {
            int count = channel.read(into);
            while (count == 0) {
                selector.selectedKeys().clear();
                int ready = selector.select(patience.toMillis());
                if (Thread.currentThread().isInterrupted()) {
                    throw new Interrupted();
                }
                if (ready == 0 && !patience.isZero()) {
                    throw new OutOfPatience();
                }
                count = channel.read(into);
            }
            return count;
        }
    }

    /** Nothing came in time. */
    static final class OutOfPatience extends IOException {

        private static final long serialVersionUID = 1L;
    }

    /** Somebody ended this process while it waited. */
    static final class Interrupted extends IOException {

        private static final long serialVersionUID = 1L;
    }

    private abstract static class Input extends InputStream {

        abstract int read(ByteBuffer into) throws IOException;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int from, int count) throws IOException {
            return count == 0 ? 0 : read(ByteBuffer.wrap(bytes, from, count));
        }
    }
}
