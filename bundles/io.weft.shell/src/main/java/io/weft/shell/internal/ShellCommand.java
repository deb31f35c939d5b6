package io.weft.shell.internal;

import java.io.IOException;
import java.util.List;

/** A word of the command line: {@code simulate}, {@code plugins} … */
public interface ShellCommand {

    /** Exit code: stopped, or waiting for something. */
    int STOPPED = 3;

    /** What there is to say about it. */
    Manual manual();

    /**
     * Does what was asked.
     *
     * @return the exit code
     * @throws io.weft.api.plugin.Refusal when it was refused before it began
     */
    int run(Arguments arguments, Screen screen) throws IOException, InterruptedException;

    /** The same from words that were not sorted yet. */
    default int run(List<String> words, Screen screen) throws IOException, InterruptedException {
        return run(Arguments.parse(manual(), words), screen);
    }
}
