package io.weft.job.form;

import io.weft.api.plugin.Nearest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The keys of one section.
 *
 * @param open whether other keys are left for a plugin to check
 */
public record Form(List<Key> keys, boolean open) {

    /** A section that holds these keys and no others. */
    public static Form of(Key... keys) {
        return new Form(List.of(keys), false);
    }

    /** A section that holds these keys and, beside them, the options of the plugin it names. */
    public static Form withOptions(Key... keys) {
        return new Form(List.of(keys), true);
    }

    /** The names of all keys, for messages. */
    public String names() {
        return keys.stream().map(Key::name).collect(Collectors.joining(", "));
    }

    /** The section's values in their normal form, in the order of the declarations, with defaults filled in. */
    public Map<String, Object> read(String path, Tree.Mapping mapping) {
        List<String> known = keys.stream().map(Key::name).toList();
        List<String> others = new ArrayList<>(mapping.entries().keySet());
        others.removeAll(known);
        if (!open && !others.isEmpty()) {
            String other = others.get(0);
            throw mapping.placeOf(other).refuse(unknown(path, other, known));
        }
        var values = new LinkedHashMap<String, Object>();
        for (Key key : keys) {
            var given = mapping.get(key.name());
            if (given.isPresent()) {
                values.put(key.name(), key.type().read(join(path, key.name()), given.get()));
            } else if (key.required()) {
                throw mapping.placeOf(key.name()).refuse(missing(path, key, others));
            } else {
                key.fallback().ifPresent(value -> values.put(key.name(), value));
            }
        }
        for (String other : others) {
            mapping.get(other).ifPresent(value -> values.put(other, value.plain()));
        }
        return values;
    }

    static String unknown(String path, String found, List<String> known) {
        String where = path.isEmpty() ? "" : " in " + path;
        String shown = Tree.printable(found);
        return known.isEmpty()
                ? "unknown key '" + shown + "'" + where + ", which takes no keys but type"
                : "unknown key '" + shown + "'" + where + OtherNames.hint(path, found, known) + " (known: "
                        + String.join(", ", known) + ")";
    }

    private static String missing(String path, Key key, List<String> others) {
        String found = Nearest.to(key.name(), others)
                .map(near -> "; is '" + near + "' meant?")
                .orElse("");
        return join(path, key.name()) + " is missing; give " + key.type().allowed() + found;
    }

    private static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }
}
