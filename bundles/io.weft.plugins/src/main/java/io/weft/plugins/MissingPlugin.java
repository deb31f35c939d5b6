package io.weft.plugins;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import java.util.List;
import java.util.Locale;

/** There is no plugin of that kind and name; the message lists those there are. */
public final class MissingPlugin extends Exception {

    private static final long serialVersionUID = 1L;

    private final String reason;

    /**
     * @param there the names of those there are
     * @param hindered what has it and does not work, such as {@code median.jar has it, but it wants the API …}
     */
    public MissingPlugin(Class<?> kind, String name, List<String> there, List<String> hindered) {
        this(words(kind.getSimpleName()) + " '" + name + "' is not installed", name, there, hindered);
    }

    public MissingPlugin(Class<?> kind, String name, List<String> there) {
        this(kind, name, there, List.of());
    }

    private MissingPlugin(String what, String name, List<String> there, List<String> hindered) {
        super(what + "; " + (hindered.isEmpty() ? advice(name, there) : String.join("; ", hindered)));
        this.reason = hindered.isEmpty() ? what : getMessage();
    }

    /** What a job waits for, such as {@code aggregator 'median' is not installed}: the message without what there is instead. */
    public String reason() {
        return reason;
    }

    /** The same, as a refusal of the job that names the plugin. */
    public Refusal refusal() {
        return new Refusal(getMessage(), this);
    }

    private static String advice(String name, List<String> there) {
        if (there.isEmpty()) {
            return "there is none: drop the bundle of one into a plugins folder";
        }
        return "there are: " + String.join(", ", there) + Nearest.hint(name, there);
    }

    /** {@code io.weft.api.training.CheckpointFormat}, or its last word alone, is "checkpoint format" to a reader. */
    public static String words(String type) {
        return type.substring(type.lastIndexOf('.') + 1)
                .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
                .toLowerCase(Locale.ROOT);
    }
}
