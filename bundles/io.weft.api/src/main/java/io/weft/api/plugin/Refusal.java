package io.weft.api.plugin;

import java.util.List;
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

    private final String key;

    public Refusal(String message) {
        super(line(message));
        this.key = "";
    }

    public Refusal(String message, Throwable cause) {
        super(line(message), cause);
        this.key = "";
    }

    private Refusal(String key, String message) {
        super(line(key + ": " + message));
        this.key = key;
    }

    /**
     * A value of the job file that does not fit what it is used for, such as a model. Whoever has the job file puts its name and the
     * line before the message.
     *
     * @param key where the value stands, from the top of the job file, such as {@code strategy.targets}; the message begins with it
     */
    public static Refusal of(String key, String message) {
        return new Refusal(key, message);
    }

    /** The keys of the job file that lead to the value that is refused, from the top; none when it is not one of the job file's. */
    public List<String> key() {
        return key.isEmpty() ? List.of() : List.of(key.split("\\.", -1));
    }

    private static String line(String message) {
        return NO_PART_OF_A_LINE.matcher(String.valueOf(message)).replaceAll(" ");
    }
}
