package io.weft.launch.internal;

/** The order in which bundles start: what others report to and are made by comes first. */
enum StartLevel {
    LOGGING(1),
    INFRASTRUCTURE(2),
    BUNDLES(3),
    /** Reached only when somebody asks for the interactive shell, because few do and all would wait for it. */
    SHELL(4),
    /** Never reached: what only lends its classes. */
    LIBRARY(5);

    static final StartLevel HIGHEST_AT_START = BUNDLES;

    private final int number;

    StartLevel(int number) {
        this.number = number;
    }

    static StartLevel of(String symbolicName) {
        if (symbolicName.equals("org.apache.felix.gogo.jline")) {
            // Its activator would open a shell of its own on the terminal.
            return LIBRARY;
        }
        if (symbolicName.startsWith("org.apache.felix.gogo.") || symbolicName.startsWith("org.jline")) {
            return SHELL;
        }
        if (symbolicName.equals("org.apache.felix.log")) {
            return LOGGING;
        }
        return symbolicName.startsWith("org.apache.felix.") ? INFRASTRUCTURE : BUNDLES;
    }

    int number() {
        return number;
    }
}
