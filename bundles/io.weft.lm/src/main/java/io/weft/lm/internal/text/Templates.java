package io.weft.lm.internal.text;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The templates that turn a record's fields into a prompt and a completion. */
public final class Templates {

    private static final Map<String, RecordShape> BY_NAME = new TreeMap<>(Map.of("alpaca", new AlpacaRecords()));

    private Templates() {}

    static RecordShape named(Optional<String> template) {
        if (template.isEmpty()) {
            return new PlainRecords();
        }
        RecordShape shape = BY_NAME.get(template.get());
        if (shape == null) {
            throw new Refusal(unknown(template.get()));
        }
        return shape;
    }

    /** What is wrong with a name that no template has. */
    public static String unknown(String template) {
        return "no template '" + template + "'; there are: " + names()
                + ", or none for records with \"text\" or \"prompt\" and \"completion\""
                + Nearest.hint(template, list());
    }

    static String names() {
        return String.join(", ", list());
    }

    /** The names there are. */
    public static List<String> list() {
        return List.copyOf(BY_NAME.keySet());
    }
}
