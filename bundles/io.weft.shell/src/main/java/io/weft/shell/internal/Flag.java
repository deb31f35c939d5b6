package io.weft.shell.internal;

import java.util.Optional;

/**
 * A flag of a command.
 *
 * @param name with its dashes
 * @param value the word for its value in the help text; empty when it takes none
 * @param required whether the command cannot do without
 * @param sentence what it does
 */
record Flag(String name, Optional<String> value, boolean required, String sentence) {

    static Flag needed(String name, String value, String sentence) {
        return new Flag(name, Optional.of(value), true, sentence);
    }

    static Flag with(String name, String value, String sentence) {
        return new Flag(name, Optional.of(value), false, sentence);
    }

    static Flag alone(String name, String sentence) {
        return new Flag(name, Optional.empty(), false, sentence);
    }

    /** The flag as one types it. */
    String shown() {
        return name + value.map(word -> " " + word).orElse("");
    }
}
