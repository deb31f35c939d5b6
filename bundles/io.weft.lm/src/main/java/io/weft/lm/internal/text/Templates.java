package io.weft.lm.internal.text;

import io.weft.api.plugin.Refusal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The templates that turn a record's fields into a prompt and a completion. */
final class Templates {

    private static final Map<String, RecordShape> BY_NAME = new TreeMap<>(Map.of("alpaca", new AlpacaRecords()));

    private Templates() {}

    static RecordShape named(Optional<String> template) {
        if (template.isEmpty()) {
            return new PlainRecords();
        }
        RecordShape shape = BY_NAME.get(template.get());
        if (shape == null) {
            throw new Refusal("no template '" + template.get() + "'; there are: " + names()
                    + ", or none for records with \"text\" or \"prompt\" and \"completion\"");
        }
        return shape;
    }

    static String names() {
        return String.join(", ", list());
    }

    static List<String> list() {
        return List.copyOf(BY_NAME.keySet());
    }
}
