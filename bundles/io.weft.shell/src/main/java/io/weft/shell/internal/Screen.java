package io.weft.shell.internal;

import java.io.PrintStream;

/**
 * Where a command writes.
 *
 * @param out for results
 * @param err for everything else that a person should see
 * @param terminal whether {@code out} is a terminal on which lines can be redrawn
 * @param columns the terminal's width
 * @param colour whether colours may be used
 * @param called the word by which the person called Weft; empty where commands are typed without one
 */
record Screen(PrintStream out, PrintStream err, boolean terminal, int columns, boolean colour, String called) {

    private static final String USUAL_WORD = "weft";

    private static final int USUAL_COLUMNS = 80;
    private static final int FEWEST_COLUMNS = 20;

    /** A file or a pipe: no terminal, no colour. */
    static Screen plain(PrintStream out, PrintStream err) {
        return new Screen(out, err, false, USUAL_COLUMNS, false, USUAL_WORD);
    }

    /**
     * A terminal.
     *
     * @param columns its width as text, which may be nothing or nonsense
     * @param noColour the value of <a href="https://no-color.org">NO_COLOR</a>: anything but nothing asks for no colour
     */
    static Screen terminal(PrintStream out, PrintStream err, String columns, String noColour) {
        int width = columns.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(columns) : USUAL_COLUMNS;
        return new Screen(out, err, true, Math.max(width, FEWEST_COLUMNS), noColour.isEmpty(), USUAL_WORD);
    }

    /** The same for a person who called Weft by another word. */
    Screen calledBy(String word) {
        return new Screen(out, err, terminal, columns, colour, word);
    }

    /** A command as the person would type it. */
    String command(String words) {
        return called.isEmpty() ? words : NextSteps.quoted(called) + " " + words;
    }
}
