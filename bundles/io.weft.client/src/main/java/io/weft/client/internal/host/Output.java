package io.weft.client.internal.host;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a program writes: appended to its log line by line, the last lines kept for who has to say why it failed. */
final class Output {

    private static final Logger LOG = LoggerFactory.getLogger(Output.class);

    private static final int KEPT = 5;
    private static final int LONGEST_LINE = 1 << 13;
    private static final int LONGEST_SHOWN = 300;

    private final Path log;
    private final Deque<String> last = new ArrayDeque<>();
    private final Thread thread;

    Output(String name, InputStream from, Path log) {
        this.log = log;
        this.thread = new Thread(() -> copy(from), name);
        this.thread.setDaemon(true);
        this.thread.start();
    }

    private void copy(InputStream from) {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8));
                Writer out = Files.newBufferedWriter(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c >= 0; c = in.read()) {
                // Progress bars go back to the line's beginning: only where they came to is worth keeping.
                boolean end = c == '\n' || c == '\r' || line.length() == LONGEST_LINE;
                if (c != '\n' && c != '\r') {
                    line.append((char) c);
                }
                if (end) {
                    said(line, out);
                    if (!in.ready()) {
                        out.flush();
                    }
                }
            }
            said(line, out);
        } catch (IOException e) {
            LOG.debug("the output of {} ended", thread.getName(), e);
        }
    }

    private void said(StringBuilder line, Writer out) throws IOException {
        if (line.length() == 0) {
            return;
        }
        out.append(line).append('\n');
        String text = line.toString().strip();
        line.setLength(0);
        if (!text.isEmpty()) {
            synchronized (last) {
                last.add(text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) + "…" : text);
                if (last.size() > KEPT) {
                    last.remove();
                }
            }
        }
    }

    /** Waits for so long until all that was written is in the log; false when the wait was interrupted. */
    boolean awaitEnd(long millis) {
        try {
            thread.join(millis);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    /** The last lines that say something; waits a moment for those that are under way. */
    List<String> lastLines(long millis) throws InterruptedException {
        thread.join(millis);
        synchronized (last) {
            return List.copyOf(last);
        }
    }
}
