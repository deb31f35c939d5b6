package io.weft.plugins.internal;

import java.util.Locale;

/** Plugin kinds as a person calls them. */
final class Kinds {

    private Kinds() {}

    /** {@code io.weft.api.training.CheckpointFormat} is "checkpoint format" to a reader. */
    static String words(String type) {
        String simple = type.substring(type.lastIndexOf('.') + 1);
        return simple.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }
}
