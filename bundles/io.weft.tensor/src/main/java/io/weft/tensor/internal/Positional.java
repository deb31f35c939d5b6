package io.weft.tensor.internal;

import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Whole positional reads and writes, which leave the channel's own position alone and so serve any number of threads. */
final class Positional {

    private Positional() {}

    /** Fills the buffer from {@code position} on. */
    static void readFully(Path file, FileChannel channel, ByteBuffer into, long position) throws IOException {
        long at = position;
        while (into.hasRemaining()) {
            int read = channel.read(into, at);
            if (read < 0) {
                throw new Refusal("%s: ends at byte %d, %d bytes early: it became shorter while it was read"
                        .formatted(file, at, into.remaining()));
            }
            at += read;
        }
    }

    /** Writes all that remains in the buffer from {@code position} on. */
    static void writeFully(FileChannel channel, ByteBuffer from, long position) throws IOException {
        long at = position;
        while (from.hasRemaining()) {
            at += channel.write(from, at);
        }
    }
}
