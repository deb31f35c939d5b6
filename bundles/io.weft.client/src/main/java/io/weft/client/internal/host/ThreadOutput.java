package io.weft.client.internal.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * What one thread, and those that it starts, print to {@code System.out} and {@code System.err}, as the lines of a program. All other
 * threads print to where they did.
 */
final class ThreadOutput implements AutoCloseable {

    private static final InheritableThreadLocal<Optional<ThreadOutput>> CURRENT = new InheritableThreadLocal<>() {
        @Override
        protected Optional<ThreadOutput> initialValue() {
            return Optional.empty();
        }
    };

    /** The streams of the process while there is anybody to tell apart. */
    private record Streams(PrintStream out, PrintStream err, PrintStream sharedOut, PrintStream sharedErr) {}

    private static final Object SWITCH = new Object();

    // Guarded by SWITCH.
    private static int users;
    private static Optional<Streams> streams = Optional.empty();

    private final WrittenLines lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean closed;

    private ThreadOutput(WrittenLines lines) {
        this.lines = lines;
    }

    /**
     * Takes what this thread prints from now on.
     *
     * @param lines is closed with this
     */
    static ThreadOutput take(WrittenLines lines) {
        ThreadOutput output = new ThreadOutput(lines);
        synchronized (SWITCH) {
            if (users++ == 0) {
                PrintStream out = System.out;
                PrintStream err = System.err;
                Streams installed = new Streams(out, err, divided(out), divided(err));
                System.setOut(installed.sharedOut());
                System.setErr(installed.sharedErr());
                streams = Optional.of(installed);
            }
        }
        CURRENT.set(Optional.of(output));
        return output;
    }

    private static PrintStream divided(PrintStream otherwise) {
        return new PrintStream(new Divided(otherwise), true, StandardCharsets.UTF_8);
    }

    /** Goes to the printing thread's program, or on to where it went before. */
    private static final class Divided extends OutputStream {

        private final PrintStream otherwise;

        Divided(PrintStream otherwise) {
            this.otherwise = otherwise;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            Optional<ThreadOutput> output = CURRENT.get();
            if (output.isEmpty() || !output.get().printed(bytes, offset, length)) {
                otherwise.write(bytes, offset, length);
            }
        }

        @Override
        public void flush() {
            otherwise.flush();
        }
    }

    /** False when nobody takes it any more. */
    private synchronized boolean printed(byte[] bytes, int offset, int length) throws IOException {
        if (closed) {
            return false;
        }
        for (int i = offset; i < offset + length; i++) {
            line.write(bytes[i]);
            if (bytes[i] == '\n' || bytes[i] == '\r') {
                pass();
            }
        }
        return true;
    }

    private void pass() throws IOException {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        for (int i = 0; i < text.length(); i++) {
            lines.accept(text.charAt(i));
        }
        lines.pause();
    }

    /** The last lines that say something. */
    List<String> last() {
        return lines.last();
    }

    @Override
    public void close() throws IOException {
        CURRENT.remove();
        synchronized (SWITCH) {
            if (--users == 0) {
                Streams installed = streams.orElseThrow();
                // Who replaced them meanwhile keeps what he put there.
                if (System.out == installed.sharedOut()) {
                    System.setOut(installed.out());
                }
                if (System.err == installed.sharedErr()) {
                    System.setErr(installed.err());
                }
                streams = Optional.empty();
            }
        }
        synchronized (this) {
            closed = true;
            try (lines) {
                pass();
            }
        }
    }
}
