package io.weft.api.plugin;

import java.util.regex.Pattern;

/**
 * Bad input, said for the person who meets it: what was found, where (file and line, site, tensor), what is allowed, and what to
 * do, in one line. It is shown without a stack trace.
 *
 * <p>What was found may be hostile: line ends, other control characters and those that turn the direction of a line become spaces.
 */
public final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private static final Pattern NO_PART_OF_A_LINE =
            Pattern.compile("[\\p{Cntrl}\\x{80}-\\x{9f}\\x{2028}\\x{2029}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}]+");

    public Refusal(String message) {
        super(line(message));
    }

    public Refusal(String message, Throwable cause) {
        super(line(message), cause);
    }

    private static String line(String message) {
        return NO_PART_OF_A_LINE.matcher(String.valueOf(message)).replaceAll(" ");
    }
}
