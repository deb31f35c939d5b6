package io.weft.client.internal.host;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a started process writes, read by a thread of its own. */
final class Output {

    private static final Logger LOG = LoggerFactory.getLogger(Output.class);

    private final WrittenLines lines;
    private final Thread thread;

    /**
     * @param listener takes the lines soon after they were written; called from this output's thread
     */
    Output(String name, InputStream from, Path log, Consumer<List<String>> listener) throws IOException {
        this.lines = new WrittenLines(log, listener);
        this.thread = new Thread(() -> copy(from), name);
        this.thread.setDaemon(true);
        this.thread.start();
    }

    private void copy(InputStream from) {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8));
                WrittenLines to = lines) {
            for (int c = in.read(); c >= 0; c = in.read()) {
                if (to.accept((char) c) && !in.ready()) {
                    to.pause();
                }
            }
        } catch (IOException e) {
            LOG.debug("the output of {} ended", thread.getName(), e);
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
        return lines.last();
    }
}
