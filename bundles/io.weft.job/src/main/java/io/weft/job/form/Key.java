package io.weft.job.form;

import java.util.Optional;

/**
 * One key that a section knows.
 *
 * @param fallback the value of an absent key; empty when the key must be given or may stay absent
 * @param absence what the reference says about an absent key: {@code required}, the default, or what happens without it
 * @param sentence what the key does
 */
public record Key(
        String name, ValueType type, Optional<Object> fallback, boolean required, String absence, String sentence) {

    public static Key required(String name, ValueType type, String sentence) {
        return new Key(name, type, Optional.empty(), true, "required", sentence);
    }

    public static Key optional(String name, ValueType type, String absence, String sentence) {
        return new Key(name, type, Optional.empty(), false, absence, sentence);
    }

    public static Key preset(String name, ValueType type, Object fallback, String sentence) {
        String shown = fallback instanceof Double number ? Numbers.shown(number) : fallback.toString();
        return new Key(name, type, Optional.of(fallback), false, "`" + shown + "`", sentence);
    }

    /** A section that is filled with its own defaults when it is absent. */
    public static Key filled(String name, ValueType.Section type, String absence, String sentence) {
        var nowhere = Tree.Mapping.empty(new Place("defaults", 1));
        return new Key(name, type, Optional.of(type.form().read(name, nowhere)), false, absence, sentence);
    }
}
