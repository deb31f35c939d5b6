package io.weft.plugins;

import io.weft.api.plugin.Refusal;
import io.weft.job.Nearest;
import java.util.List;
import java.util.Locale;

/** There is no plugin of that kind and name; the message lists those there are. */
public final class MissingPlugin extends Exception {

    private static final long serialVersionUID = 1L;

    public MissingPlugin(Class<?> kind, String name, List<String> there) {
        super(message(words(kind.getSimpleName()), name, there));
    }

    /** The same, as a refusal of the job that names the plugin. */
    public Refusal refusal() {
        return new Refusal(getMessage(), this);
    }

    private static String message(String kind, String name, List<String> there) {
        StringBuilder text = new StringBuilder();
        text.append(kind).append(" '").append(name).append("' is not installed; ");
        if (there.isEmpty()) {
            text.append("there is none: drop the bundle of one into a plugins folder");
            return text.toString();
        }
        text.append("there are: ").append(String.join(", ", there)).append(Nearest.hint(name, there));
        return text.toString();
    }

    /** {@code CheckpointFormat} is "checkpoint format" to a reader. */
    private static String words(String type) {
        return type.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }
}
