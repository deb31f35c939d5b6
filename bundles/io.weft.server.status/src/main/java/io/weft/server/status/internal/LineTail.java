package io.weft.server.status.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.function.Consumer;

/** The whole lines that were appended to a file since it was last looked at. A file that replaces it is read from its beginning. */
final class LineTail {

    private static final int PIECE = 1 << 16;

    /** No line of ours is longer; of what is, the rest is left out. */
    private static final int LONGEST = 1 << 20;

    private final Path file;
    private Optional<Object> identity = Optional.empty();
    private long read;

    LineTail(Path file) {
        this.file = file;
    }

    /**
     * Reads on.
     *
     * @param anew run before the first line when the file is another than before
     */
    void read(Runnable anew, Consumer<String> line) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            Optional<Object> now = Optional.ofNullable(
                    Files.readAttributes(file, BasicFileAttributes.class).fileKey());
            if (!now.equals(identity) || channel.size() < read) {
                identity = now;
                read = 0;
                anew.run();
            }
            lines(channel, line);
        } catch (NoSuchFileException e) {
            // There is nothing to read yet.
        }
    }

    private void lines(FileChannel channel, Consumer<String> line) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        while (channel.read(piece, read) > 0) {
            int start = 0;
            for (int i = 0; i < piece.position(); i++) {
                if (piece.get(i) == '\n') {
                    line.accept(new String(piece.array(), start, i - start, StandardCharsets.UTF_8));
                    start = i + 1;
                }
            }
            read += start;
            if (start > 0) {
                piece.clear();
            } else if (piece.hasRemaining()) {
                return; // The last line is not whole yet.
            } else if (piece.capacity() < LONGEST) {
                piece = ByteBuffer.allocate(2 * piece.capacity());
            } else {
                read += piece.position();
                piece.clear();
            }
        }
    }
}
