package io.weft.shell.internal;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A screen that keeps what is written to it. */
final class Recording {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Screen screen;

    Recording() {
        screen = Screen.plain(stream(out), stream(err));
    }

    private Recording(String columns, String noColour) {
        screen = Screen.terminal(stream(out), stream(err), columns, noColour);
    }

    static Recording terminal(String columns, String noColour) {
        return new Recording(columns, noColour);
    }

    Screen screen() {
        return screen;
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }
}
