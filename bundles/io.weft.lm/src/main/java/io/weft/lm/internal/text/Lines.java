package io.weft.lm.internal.text;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The lines of a file one after the other; a byte-order mark at its start is no part of the first. */
final class Lines implements AutoCloseable {

    /** What is read of one line, in bytes: a file without line ends must not fill the memory. */
    static final int LONGEST = 64 * 1024 * 1024;

    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final InputStream in;
    private long number;

    private Lines(InputStream in) {
        this.in = in;
    }

    static Lines of(Path file) throws IOException {
        InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        try {
            in.mark(BYTE_ORDER_MARK.length);
            if (!java.util.Arrays.equals(in.readNBytes(BYTE_ORDER_MARK.length), BYTE_ORDER_MARK)) {
                in.reset();
            }
            return new Lines(in);
        } catch (IOException unreadable) {
            in.close();
            throw unreadable;
        }
    }

    /** The next line; empty after the last. */
    Optional<Line> next() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        boolean whole = true;
        int value = in.read();
        if (value < 0) {
            return Optional.empty();
        }
        for (; value >= 0 && value != '\n'; value = in.read()) {
            if (bytes.size() < LONGEST) {
                bytes.write(value);
            } else {
                whole = false;
            }
        }
        return Optional.of(new Line(++number, bytes.toByteArray(), whole));
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
