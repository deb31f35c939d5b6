package io.weft.client.internal.host;

import java.util.Map;

/** How a program ended, in words. Java reports the signal that killed it as the shell does: 128 and its number. */
record Exit(int code) {

    private static final int SIGNALS = 128;

    private static final Map<Integer, String> NAMES = Map.of(
            1,
            "SIGHUP",
            2,
            "SIGINT",
            3,
            "SIGQUIT",
            4,
            "SIGILL",
            6,
            "SIGABRT",
            7,
            "SIGBUS",
            8,
            "SIGFPE",
            9,
            "SIGKILL, often for want of memory",
            11,
            "SIGSEGV",
            15,
            "SIGTERM");

    @Override
    public String toString() {
        int signal = code - SIGNALS;
        if (signal > 0 && signal < 64) {
            return "was killed by signal " + signal + (NAMES.containsKey(signal) ? " (" + NAMES.get(signal) + ")" : "");
        }
        return "ended with exit code " + code;
    }
}
