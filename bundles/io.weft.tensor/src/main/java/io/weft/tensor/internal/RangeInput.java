package io.weft.tensor.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** The bytes of a file from one position to another as a stream; leaves the channel open. */
final class RangeInput extends InputStream {

    private final Path file;
    private final FileChannel channel;
    private final long end;
    private long position;

    RangeInput(Path file, FileChannel channel, long begin, long end) {
        this.file = file;
        this.channel = channel;
        this.position = begin;
        this.end = end;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int at, int count) throws IOException {
        int length = (int) Math.min(count, end - position);
        if (length == 0) {
            return count == 0 ? 0 : -1;
        }
        Positional.readFully(file, channel, ByteBuffer.wrap(into, at, length), position);
        position += length;
        return length;
    }
}
