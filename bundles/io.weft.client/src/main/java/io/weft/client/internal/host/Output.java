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
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a program writes: appended to its log line by line and passed on, the last lines kept for who has to say why it failed.
 */
final class Output {

    private static final Logger LOG = LoggerFactory.getLogger(Output.class);

    /** Where Java was comes after what was wrong, and would push it out. */
    private static final Pattern FRAME = Pattern.compile("at [^ ]+\\([^()]*\\)|\\.\\.\\. [0-9]+ more");

    private static final int KEPT = 5;
    private static final int LONGEST_LINE = 1 << 13;
    private static final int LONGEST_SHOWN = 300;

    private final Path log;
    private final PassedOn passedOn;
    private final Deque<String> last = new ArrayDeque<>();
    private final Thread thread;

    /**
     * @param listener takes the lines soon after they were written; called from this output's thread
     */
    Output(String name, InputStream from, Path log, Consumer<List<String>> listener) {
        this.log = log;
        this.passedOn = new PassedOn(listener, log.getFileName().toString(), System::nanoTime);
        this.thread = new Thread(() -> copy(from), name);
        this.thread.setDaemon(true);
        this.thread.start();
    }

    private void copy(InputStream from) {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8));
                Writer out = Files.newBufferedWriter(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            StringBuilder line = new StringBuilder();
            String overwritten = "";
            for (int c = in.read(); c >= 0; c = in.read()) {
                if (c != '\n' && c != '\r') {
                    line.append((char) c);
                }
                if (c == '\n' || c == '\r' || line.length() == LONGEST_LINE) {
                    String text = said(line, out);
                    // Progress bars go back to the line's beginning: only where they came to is worth passing on.
                    if (c != '\r') {
                        passedOn.add(text.isEmpty() ? overwritten : text);
                    }
                    overwritten = c == '\r' ? text : "";
                    if (!in.ready()) {
                        out.flush();
                        passedOn.flush();
                    }
                }
            }
            String text = said(line, out);
            passedOn.add(text.isEmpty() ? overwritten : text);
            passedOn.end();
        } catch (IOException e) {
            LOG.debug("the output of {} ended", thread.getName(), e);
        }
    }

    /** Gives what there is to read in a line. */
    private String said(StringBuilder line, Writer out) throws IOException {
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
