package io.weft.client.internal.host;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** What a program writes: appended to its log line by line and passed on, the last lines kept for who has to say why it failed. */
final class WrittenLines implements AutoCloseable {

    /** Where Java was comes after what was wrong, and would push it out. */
    private static final Pattern FRAME = Pattern.compile("at [^ ]+\\([^()]*\\)|\\.\\.\\. [0-9]+ more");

    private static final int KEPT = 5;
    private static final int LONGEST_LINE = 1 << 13;
    private static final int LONGEST_SHOWN = 300;

    private final Writer out;
    private final PassedOn passedOn;
    private final Deque<String> last = new ArrayDeque<>();
    private final StringBuilder line = new StringBuilder();
    private String overwritten = "";

    /**
     * @param log is appended to
     * @param listener takes the lines soon after they were written
     */
    WrittenLines(Path log, Consumer<List<String>> listener) throws IOException {
        this.out = Files.newBufferedWriter(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        this.passedOn = new PassedOn(listener, log.getFileName().toString(), System::nanoTime);
    }

    /** The next character; true when it ended a line. */
    boolean accept(char c) throws IOException {
        if (c != '\n' && c != '\r') {
            line.append(c);
        }
        if (c != '\n' && c != '\r' && line.length() < LONGEST_LINE) {
            return false;
        }
        String text = said();
        // Progress bars go back to the line's beginning: only where they came to is worth passing on.
        if (c != '\r') {
            passedOn.add(text.isEmpty() ? overwritten : text);
        }
        overwritten = c == '\r' ? text : "";
        return true;
    }

    /** Nothing more is there for the moment. */
    void pause() throws IOException {
        out.flush();
        passedOn.flush();
    }

    /** Gives what there is to read in the line. */
    private String said() throws IOException {
        if (line.length() == 0) {
            return "";
        }
        out.append(line).append('\n');
        String text = line.toString().strip();
        line.setLength(0);
        if (!text.isEmpty() && !FRAME.matcher(text).matches()) {
            synchronized (last) {
                last.add(text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) + "…" : text);
                if (last.size() > KEPT) {
                    last.remove();
                }
            }
        }
        return text;
    }

    /** The last lines that say something. */
    List<String> last() {
        synchronized (last) {
            return List.copyOf(last);
        }
    }

    @Override
    public void close() throws IOException {
        try (out) {
            String text = said();
            passedOn.add(text.isEmpty() ? overwritten : text);
            passedOn.end();
        }
    }
}
